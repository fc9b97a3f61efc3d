package graph_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/pkg/graph"
	"github.com/modship/modship/pkg/graph/internal/sample"
)

// edited is the sample module after a change to the nodes and edges.
func edited(t *testing.T, node func(*graph.Node), edge func(graph.Edge) bool) *graph.Graph {
	g := sample.Module(t)
	b := graph.NewBuilder()
	for _, n := range g.Nodes() {
		if node != nil {
			node(&n)
		}
		b.AddNode(n)
	}
	for _, e := range g.Edges() {
		if edge == nil || edge(e) {
			b.AddEdge(e.From, e.To, e.Kind)
		}
	}
	return sample.MustBuild(t, b)
}

// freeze lets spaas-src-artifact be rebuilt for the watched files only.
func freeze(watched ...string) func(*graph.Node) {
	return func(n *graph.Node) {
		if n.Name == "spaas-src-artifact" {
			n.Frozen, n.Watched = true, watched
		}
	}
}

func TestAffected(t *testing.T) {
	before := sample.Module(t)
	digests := []string{"bundle", "bundle-vex-artifact", "images-digests"}
	for name, tc := range map[string]struct {
		after   *graph.Graph
		changed []string
		want    []string // images, the direct ones with a star
	}{
		"nothing": {after: before},
		"a file of one image": {
			after: before, changed: []string{"images/spaas/src/main.go"},
			want: []string{"bundle", "bundle-vex-artifact", "images-digests", "spaas", "spaas-artifact", "*spaas-src-artifact"},
		},
		"a file next to a path": {after: before, changed: []string{"images/spaas/src2/main.go", "README.md"}},
		"a file of the bundle":  {after: before, changed: []string{"templates/a/b.yaml"}, want: []string{"*bundle", "bundle-vex-artifact"}},
		"instructions": {
			after: edited(t, func(n *graph.Node) {
				if n.Name == "thin-send-recv" {
					n.Fingerprint = "2"
				}
			}, nil),
			want: append(digests[:3:3], "*thin-send-recv"),
		},
		"a base": {
			after: edited(t, func(n *graph.Node) {
				if n.ID == "base:builder/rust" {
					n.Ref += "0"
				}
			}, nil),
			want: []string{"*builder/rust", "bundle", "bundle-vex-artifact", "drbd-reactor", "drbd-reactor-artifact", "images-digests"},
		},
		"an edge less": {
			after: edited(t, nil, func(e graph.Edge) bool { return e.To != "image:bundle" || e.Kind != graph.FromGit }),
			want:  []string{"*bundle", "bundle-vex-artifact"},
		},
		"a file that a frozen image watches": {
			after: edited(t, freeze("images/spaas/src/**/*.go"), nil), changed: []string{"images/spaas/src/main.go"},
			want: []string{"bundle", "bundle-vex-artifact", "images-digests", "spaas", "spaas-artifact", "*spaas-src-artifact"},
		},
		"a file that a frozen image does not watch": {after: edited(t, freeze("images/spaas/src/*.c"), nil), changed: []string{"images/spaas/src/main.go"}},
		"a frozen image that watches nothing":       {after: edited(t, freeze(), nil), changed: []string{"images/spaas/src/main.go"}},
		"final is not an input":                     {after: edited(t, func(n *graph.Node) { n.Final = false }, nil)},
	} {
		var got []string
		for _, i := range graph.Affected(before, tc.after, tc.changed, graph.AffectedOptions{}) {
			mark := ""
			if i.Direct {
				mark = "*"
			}
			got = append(got, mark+i.Name)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	images := 0
	for _, n := range before.Nodes() {
		if n.Kind == graph.Image {
			images++
		}
	}
	if got := graph.Affected(nil, before, nil, graph.AffectedOptions{}); len(got) != images {
		t.Errorf("without a state before, %d of %d images are affected", len(got), images)
	}
}

func TestAffectedCauses(t *testing.T) {
	g := sample.Module(t)
	want := []graph.Impact{
		{Name: "bundle", ID: "image:bundle", Direct: true, Causes: []string{"hooks/go/main.go", "templates/x.yaml"}},
		{Name: "bundle-vex-artifact", ID: "image:bundle-vex-artifact", Causes: []string{"bundle"}},
		{Name: "go-hooks-artifact", ID: "image:go-hooks-artifact", Direct: true, Causes: []string{"hooks/go/main.go"}},
	}
	want[0].Causes = want[0].Causes[1:]
	if diff := cmp.Diff(want, graph.Affected(g, g, []string{"templates/x.yaml", "hooks/go/main.go"}, graph.AffectedOptions{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestHasFile(t *testing.T) {
	for _, tc := range []struct {
		paths []string
		file  string
		want  bool
	}{
		{nil, "a", true},
		{[]string{"!docs"}, "a", true},
		{[]string{"!docs"}, "docs/a", false},
		{[]string{"src"}, "src/a/b.go", true},
		{[]string{"/src/"}, "src/a", true},
		{[]string{"."}, "any/thing", true},
		{[]string{"src"}, "src.go", false},
		{[]string{"src", "!src/vendor"}, "src/vendor/x.go", false},
		{[]string{"**/*.go"}, "main.go", true},
		{[]string{"**/*.go"}, "a/b/main.go", true},
		{[]string{"**/*.go"}, "a/b/main.c", false},
		{[]string{"a/**"}, "a/b/c", true},
		{[]string{"a/**/c"}, "a/c", true},
		{[]string{"a/**/c"}, "a/x/y/c/below", true},
		{[]string{"a/**/c"}, "a/x/y/d", false},
		{[]string{"a/*/c"}, "a/b/c", true},
		{[]string{"a/b/c"}, "a/b", false},
		{[]string{"images/[odd"}, "images/[odd/f", true},
		{[]string{"**/*.{go,txt}"}, "a/b/main.go", true},
		{[]string{"**/*.{go,txt}"}, "a/b/main.c", false},
		{[]string{"{a,b/{c,d}}/e"}, "b/d/e/f", true},
		{[]string{"{a,b/{c,d}}/e"}, "b/e", false},
		{[]string{"{,a}b"}, "ab", true},
		{[]string{"{a,b"}, "{a,b/f", true},
		{[]string{"sub/src"}, "sub/", true},
		{[]string{"**/*.go"}, "sub/", true},
		{[]string{"sub"}, "sub/", true},
		{[]string{"other/src"}, "sub/", false},
		{[]string{"!sub"}, "sub/", false},
		{[]string{"!sub/src"}, "sub/", true},
		{[]string{"a/*"}, "a", true},
		{[]string{"a/**/*"}, "a", true},
		{[]string{"a/**/*"}, "b", false},
		{[]string{"**"}, "a", true},
		{[]string{"a/[!m]*"}, "a/x", true},
		{[]string{"a/[!m]*"}, "a/m", false},
		{[]string{"src", "!**/*.{md,txt}"}, "src/a.md", false},
	} {
		if got := graph.HasFile(tc.paths, tc.file); got != tc.want {
			t.Errorf("HasFile(%q, %q) = %t", tc.paths, tc.file, got)
		}
	}
}

func TestAffectedIgnores(t *testing.T) {
	g := sample.Module(t)
	opts := graph.AffectedOptions{Ignored: func(image string) []string {
		if image == "bundle" {
			return []string{"templates/x.yaml"}
		}
		return nil
	}}
	for file, want := range map[string]int{"templates/x.yaml": 0, "templates/y.yaml": 2} { // bundle and its attestation
		if got := graph.Affected(g, g, []string{file}, opts); len(got) != want {
			t.Errorf("%s: %d images are affected, want %d: %v", file, len(got), want, got)
		}
	}
}
