package graph_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/pkg/graph"
	"github.com/modship/modship/pkg/graph/internal/sample"
)

func ids(g *graph.Graph) []string {
	var list []string
	for _, n := range g.Nodes() {
		list = append(list, n.ID)
	}
	return list
}

func TestBuildSortsMergesAndDeduplicates(t *testing.T) {
	b := graph.NewBuilder()
	b.AddEdge("image:a", "image:b", graph.Import)
	b.AddNode(graph.Node{Kind: graph.Image, Name: "b"})
	b.AddNode(graph.Node{Kind: graph.Image, Name: "a", Platforms: []string{"linux/arm64", "linux/amd64"}})
	b.AddNode(graph.Node{Kind: graph.Image, Name: "a", Final: true, Builder: graph.Stapel, Platforms: []string{"linux/amd64"}, Paths: []string{"x"}})
	b.AddEdge("image:a", "image:b", graph.Import)
	b.AddEdge("image:a", "image:b", graph.Dependency)
	g := sample.MustBuild(t, b)
	wantNodes := []graph.Node{
		{ID: "image:a", Kind: graph.Image, Name: "a", Final: true, Builder: graph.Stapel, Platforms: []string{"linux/amd64", "linux/arm64"}, Paths: []string{"x"}},
		{ID: "image:b", Kind: graph.Image, Name: "b"},
	}
	wantEdges := []graph.Edge{{"image:a", "image:b", graph.Dependency}, {"image:a", "image:b", graph.Import}}
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
}

func TestBuildNamesDanglingEdges(t *testing.T) {
	b := graph.NewBuilder()
	b.AddNode(graph.Node{Kind: graph.Image, Name: "a"})
	b.AddEdge("image:a", "image:gone", graph.Import)
	b.AddEdge("base:lost", "image:a", graph.From)
	_, err := b.Build()
	for _, want := range []string{`"image:gone"`, `"base:lost"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not name %s", err, want)
		}
	}
}

func TestGraphIsNotChangedThroughItsAnswers(t *testing.T) {
	g := sample.Toy(t, [2]string{"a", "b"})
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
	g := sample.Toy(t, [2]string{"a", "b"}, [2]string{"b", "d"}, [2]string{"a", "c"}, [2]string{"c", "d"}, [2]string{"x", "y"})
	for name, tc := range map[string]struct{ got, want []string }{
		"closure":    {ids(g.Closure("image:c")), []string{"image:a", "image:c"}},
		"closure 2":  {ids(g.Closure("image:c", "image:y", "none")), []string{"image:a", "image:c", "image:x", "image:y"}},
		"dependents": {ids(g.Dependents("image:b")), []string{"image:b", "image:d"}},
		"needed by":  {g.NeededBy("image:a"), []string{"image:b", "image:c"}},
		"unknown":    {g.Needs("image:none"), nil},
		"no cycle":   {g.Cycle(), nil},
	} {
		if diff := cmp.Diff(tc.want, tc.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestPublished(t *testing.T) {
	g := sample.Module(t)
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
	if without := sample.Toy(t, [2]string{"a", "b"}); without.Published() != without {
		t.Error("a graph without artifacts is not returned whole")
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
		g := sample.Toy(t, tc.pairs...)
		if diff := cmp.Diff(tc.want, g.Cycle()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
