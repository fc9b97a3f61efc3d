package render

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/pkg/graph"
	"github.com/modship/modship/pkg/graph/internal/sample"
)

const goBase = "registry.example.com/base@sha256:012f55984f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f1116"

// watched is an image with two git entries of one source and one of another,
// and a base that has a key.
func watched(t *testing.T) *graph.Graph {
	b := graph.NewBuilder()
	src, docs := b.AddNode(graph.Node{Kind: graph.Git, Name: "src", Paths: []string{"src"}}), b.AddNode(graph.Node{Kind: graph.Git, Name: "https://e.com/d@v1", Ref: "https://e.com/d"})
	base := b.AddNode(graph.Node{Kind: graph.Base, Name: goBase, Ref: goBase, Key: "builder/golang"})
	app := b.AddNode(graph.Node{Kind: graph.Image, Name: "app", Builder: graph.Stapel, Adds: []graph.GitEntry{
		{Source: src, Add: "/src", To: "/app", ExcludePaths: []string{"vendor"}, StageDependencies: map[string][]string{"setup": {"**/*"}, "install": {"go.mod", "go.sum"}}},
		{Source: src, Add: "/src", To: "/copy"},
		{Source: docs, Add: "/", To: "/docs", IncludePaths: []string{"docs", "x"}, StageDependencies: map[string][]string{"beforeSetup": {"*.md"}}},
	}})
	for _, source := range []string{src, docs} {
		b.AddEdge(source, app, graph.FromGit)
	}
	b.AddEdge(base, app, graph.From)
	return sample.MustBuild(t, b)
}

func TestJSONHasGitEntriesOnTheirEdges(t *testing.T) {
	var out bytes.Buffer
	if err := JSON(&out, watched(t)); err != nil {
		t.Fatal(err)
	}
	var got struct{ Edges []json.RawMessage }
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`{"from":"base:` + goBase + `","to":"image:app","kind":"from"}`,
		`{"from":"git:https://e.com/d@v1","to":"image:app","kind":"git","adds":[{"add":"/","to":"/docs","includePaths":["docs","x"],"stageDependencies":{"beforeSetup":["*.md"]}}]}`,
		`{"from":"git:src","to":"image:app","kind":"git","adds":[` +
			`{"add":"/src","to":"/app","excludePaths":["vendor"],"stageDependencies":{"install":["go.mod","go.sum"],"setup":["**/*"]}},{"add":"/src","to":"/copy"}]}`,
	}
	for i, edge := range got.Edges {
		if diff := cmp.Diff(want[i], compact(t, edge)); diff != "" {
			t.Error(diff)
		}
	}
}

func compact(t *testing.T, data []byte) string {
	t.Helper()
	var out bytes.Buffer
	if err := json.Compact(&out, data); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestTreeNamesWatchersAndKeys(t *testing.T) {
	for watchers, want := range map[bool]string{
		true:  "app  ← builder/golang, git https://e.com/d@v1 [beforeSetup: *.md], git src [install: go.mod, go.sum; setup: **/*]",
		false: "app  ← builder/golang, git https://e.com/d@v1, git src",
	} {
		var out bytes.Buffer
		if err := Tree(&out, watched(t), TreeOptions{Watched: watchers}); err != nil {
			t.Fatal(err)
		}
		if line, _, _ := strings.Cut(out.String(), "\n"); line != want {
			t.Errorf("got  %s\nwant %s", line, want)
		}
	}
}

func TestPageDescribesGitEntries(t *testing.T) {
	p := newPicture(newView(watched(t)))
	p.place()
	var got []pageDetail
	for _, d := range p.data().Boxes[0].Details {
		if d.Label == "adds" || strings.HasSuffix(d.Label, " watches") || d.Label == "base image" {
			got = append(got, d)
		}
	}
	want := []pageDetail{
		{"base image", "base builder/golang (" + goBase + ")"},
		{"adds", "/src to /app, without vendor"},
		{"install watches", "go.mod, go.sum in /src"},
		{"setup watches", "**/* in /src"},
		{"adds", "/src to /copy"},
		{"adds", "https://e.com/d@v1: / to /docs, only docs, x"},
		{"beforeSetup watches", "*.md in /"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPicturesNameBasesByTheirKeys(t *testing.T) {
	g := watched(t)
	var dot, mermaid, svg bytes.Buffer
	if DOT(&dot, g, DOTOptions{}) != nil || writeMermaid(&mermaid, g) != nil || SVG(&svg, g, SVGOptions{}) != nil {
		t.Fatal("cannot write")
	}
	for name, text := range map[string]string{"dot": dot.String(), "mermaid": mermaid.String(), "svg": svg.String()} {
		if !strings.Contains(text, "builder/golang") || strings.Contains(text, "base@012f5598") {
			t.Errorf("%s does not name the base by its key:\n%s", name, text)
		}
	}
	if !strings.Contains(dot.String(), `"base:`+goBase+`"`) {
		t.Error("the id of the base is another one")
	}
}
