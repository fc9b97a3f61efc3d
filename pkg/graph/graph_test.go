package graph

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func ids(g *Graph) []string {
	var list []string
	for _, n := range g.Nodes() {
		list = append(list, n.ID)
	}
	return list
}

func TestBuildSortsMergesAndDeduplicates(t *testing.T) {
	b := NewBuilder()
	b.AddEdge("image:a", "image:b", Import)
	b.AddNode(Node{Kind: Image, Name: "b"})
	b.AddNode(Node{Kind: Image, Name: "a", Platforms: []string{"linux/arm64", "linux/amd64"}})
	b.AddNode(Node{Kind: Image, Name: "a", Final: true, Builder: Stapel, Platforms: []string{"linux/amd64"}, Paths: []string{"x"}})
	b.AddEdge("image:a", "image:b", Import)
	b.AddEdge("image:a", "image:b", Dependency)
	g := mustBuild(t, b)
	wantNodes := []Node{
		{ID: "image:a", Kind: Image, Name: "a", Final: true, Builder: Stapel, Platforms: []string{"linux/amd64", "linux/arm64"}, Paths: []string{"x"}},
		{ID: "image:b", Kind: Image, Name: "b"},
	}
	wantEdges := []Edge{{"image:a", "image:b", Dependency}, {"image:a", "image:b", Import}}
	if diff := cmp.Diff(wantNodes, g.Nodes()); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(wantEdges, g.Edges()); diff != "" {
		t.Errorf("edges (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"image:a"}, g.Needs("image:b")); diff != "" {
		t.Errorf("needs (-want +got):\n%s", diff)
	}
	if got := g.EdgesTo("image:b"); len(got) != 2 {
		t.Errorf("EdgesTo = %v, want both edges", got)
	}
	if got := g.EdgesFrom("image:b"); len(got) != 0 {
		t.Errorf("EdgesFrom = %v, want none", got)
	}
}

func TestBuildNamesDanglingEdges(t *testing.T) {
	b := NewBuilder()
	b.AddNode(Node{Kind: Image, Name: "a"})
	b.AddEdge("image:a", "image:gone", Import)
	b.AddEdge("base:lost", "image:a", From)
	_, err := b.Build()
	for _, want := range []string{`"image:gone"`, `"base:lost"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not name %s", err, want)
		}
	}
}

func TestGraphIsNotChangedThroughItsAnswers(t *testing.T) {
	g := toy(t, [2]string{"a", "b"})
	g.Nodes()[0].ID = "x"
	g.Edges()[0].From = "x"
	if diff := cmp.Diff([]string{"image:a", "image:b"}, ids(g)); diff != "" {
		t.Error(diff)
	}
	if g.Edges()[0].From != "image:a" {
		t.Error("the edge was changed")
	}
}

func TestQuestions(t *testing.T) {
	g := toy(t, [2]string{"a", "b"}, [2]string{"b", "d"}, [2]string{"a", "c"}, [2]string{"c", "d"}, [2]string{"x", "y"})
	for name, tc := range map[string]struct{ got, want []string }{
		"closure":    {ids(g.Closure("image:c")), []string{"image:a", "image:c"}},
		"closure 2":  {ids(g.Closure("image:c", "image:y", "none")), []string{"image:a", "image:c", "image:x", "image:y"}},
		"dependents": {ids(g.Dependents("image:b")), []string{"image:b", "image:d"}},
		"filter":     {ids(g.Filter(func(n Node) bool { return n.Name < "c" })), []string{"image:a", "image:b"}},
		"needed by":  {g.NeededBy("image:a"), []string{"image:b", "image:c"}},
		"unknown":    {g.Needs("image:none"), nil},
		"no cycle":   {g.Cycle(), nil},
	} {
		if diff := cmp.Diff(tc.want, tc.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	levels, err := g.Levels()
	want := [][]string{{"image:a", "image:x"}, {"image:b", "image:c", "image:y"}, {"image:d"}}
	if diff := cmp.Diff(want, levels); diff != "" || err != nil {
		t.Errorf("levels: %v (-want +got):\n%s", err, diff)
	}
}

func TestPublished(t *testing.T) {
	g := sampleModule(t)
	p := g.Published()
	for id, want := range map[string]bool{
		"image:bundle": true, "image:controller": true, "base:scratch": true, "channel:alpha": true,
		"image:bundle-vex-artifact": true, // hangs off the bundle
		"image:unused":              false,
	} {
		if _, got := p.Node(id); got != want {
			t.Errorf("%s is in the published part: %t, want %t", id, got, want)
		}
	}
	if without := toy(t, [2]string{"a", "b"}); without.Published() != without {
		t.Error("a graph without artifacts is not returned whole")
	}
}

func TestCriticalPath(t *testing.T) {
	g := toy(t, [2]string{"a", "b"}, [2]string{"b", "d"}, [2]string{"a", "c"}, [2]string{"c", "d"})
	weights := map[string]time.Duration{"a": 1, "b": 2, "c": 5, "d": 1}
	path, length, err := g.CriticalPath(func(n Node) time.Duration { return weights[n.Name] })
	if diff := cmp.Diff([]string{"image:a", "image:c", "image:d"}, path); diff != "" || length != 7 || err != nil {
		t.Errorf("length %d, error %v (-want +got):\n%s", length, err, diff)
	}
	empty := mustBuild(t, NewBuilder())
	if path, length, err := empty.CriticalPath(nil); path != nil || length != 0 || err != nil {
		t.Errorf("of nothing: %v, %d, %v", path, length, err)
	}
}

func TestCycle(t *testing.T) {
	for name, tc := range map[string]struct {
		pairs [][2]string
		want  []string
	}{
		"itself":      {[][2]string{{"a", "a"}}, []string{"image:a"}},
		"two":         {[][2]string{{"b", "a"}, {"a", "b"}}, []string{"image:a", "image:b"}},
		"with a tail": {[][2]string{{"x", "d"}, {"d", "b"}, {"b", "c"}, {"c", "d"}, {"c", "z"}, {"z", "zz"}}, []string{"image:b", "image:c", "image:d"}},
	} {
		g := toy(t, tc.pairs...)
		if diff := cmp.Diff(tc.want, g.Cycle()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if _, err := g.Levels(); err == nil || !strings.Contains(err.Error(), tc.want[0]) {
			t.Errorf("%s: levels: %v", name, err)
		}
		if _, _, err := g.CriticalPath(func(Node) time.Duration { return 1 }); err == nil {
			t.Errorf("%s: a critical path was found", name)
		}
	}
}

// TestCycleOnRandomGraphs checks that what Cycle returns is a cycle, and that
// nil means that an order exists.
func TestCycleOnRandomGraphs(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	found := 0
	for range 2000 {
		b := NewBuilder()
		n := 2 + r.IntN(8)
		name := func() string { return b.AddNode(Node{Kind: Image, Name: string(rune('a' + r.IntN(n)))}) }
		for range 1 + r.IntN(10) {
			b.AddEdge(name(), name(), Import)
		}
		g := mustBuild(t, b)
		circle := g.Cycle()
		order, _ := g.order()
		if (circle == nil) != (len(order) == g.Len()) {
			t.Fatalf("cycle %v, but %d of %d nodes have an order", circle, len(order), g.Len())
		}
		for i, id := range circle {
			next := circle[(i+1)%len(circle)]
			if !contains(g.NeededBy(id), next) || id < circle[0] {
				t.Fatalf("%v is not a cycle in order: %s is not needed by %s", circle, id, next)
			}
			found++
		}
	}
	if found == 0 {
		t.Error("no random graph had a cycle: the test says nothing")
	}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
