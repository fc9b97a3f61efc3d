package render

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/pkg/graph"
	"github.com/modship/modship/pkg/graph/internal/sample"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with testdata/name.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got), go test -update rewrites it:\n%s", name, diff)
	}
}

func TestWriters(t *testing.T) {
	g := sample.Module(t).Published()
	for name, write := range map[string]func(io.Writer) error{
		"tree.txt":         func(w io.Writer) error { return Tree(w, g, TreeOptions{}) },
		"tree-narrow.txt":  func(w io.Writer) error { return Tree(w, g, TreeOptions{Width: 80}) },
		"tree-image.txt":   func(w io.Writer) error { return Tree(w, g.Closure("image:spaas"), TreeOptions{Watched: true}) },
		"graph.json":       func(w io.Writer) error { return JSON(w, g) },
		"graph.dot":        func(w io.Writer) error { return DOT(w, g, DOTOptions{}) },
		"graph.mermaid":    func(w io.Writer) error { return writeMermaid(w, g) },
		"graph.svg":        func(w io.Writer) error { return SVG(w, g, SVGOptions{Title: "sds-sample v1.4.2"}) },
		"tree-colour.txt":  func(w io.Writer) error { return Tree(w, g.Closure("image:spaas"), TreeOptions{Color: true}) },
		"tree-circle.txt":  func(w io.Writer) error { return Tree(w, circle(t), TreeOptions{}) },
		"tree-nothing.txt": func(w io.Writer) error { return Tree(w, sample.MustBuild(t, graph.NewBuilder()), TreeOptions{}) },
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := write(&out); err != nil {
				t.Fatal(err)
			}
			golden(t, name, out.Bytes())
		})
	}
}

func writeMermaid(w io.Writer, g *graph.Graph) error {
	_, err := Mermaid(w, g)
	return err
}

func circle(t *testing.T) *graph.Graph {
	return sample.Toy(t, [2]string{"a", "b"}, [2]string{"b", "c"}, [2]string{"c", "b"}, [2]string{"b", "d"})
}

// TestTreeHasEachImageOnce: each image has one line of its own, and every need
// is named somewhere.
func TestTreeHasEachImageOnce(t *testing.T) {
	g := sample.Module(t)
	var out bytes.Buffer
	if err := Tree(&out, g, TreeOptions{}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	want := 1 // the summary
	for _, n := range g.Nodes() {
		if !n.Kind.IsInput() {
			want++
		}
	}
	if len(lines) != want {
		t.Errorf("%d lines, want %d", len(lines), want)
	}
	for _, line := range lines {
		if got, want := len([]rune(line)), 200; got > want {
			t.Errorf("line of %d columns: %s", got, line)
		}
	}
}

func TestJSONOfNothingHasBothLists(t *testing.T) {
	var out bytes.Buffer
	if err := JSON(&out, sample.MustBuild(t, graph.NewBuilder())); err != nil {
		t.Fatal(err)
	}
	if got, want := compact(t, out.Bytes()), `{"nodes":[],"edges":[]}`; got != want {
		t.Errorf("got %s want %s", got, want)
	}
}

func TestDOTAndMermaidEscape(t *testing.T) {
	b := graph.NewBuilder()
	b.AddNode(graph.Node{Kind: graph.Image, Name: `a"b\n#<c>*` + "`"})
	g := sample.MustBuild(t, b)
	var dot, mermaid bytes.Buffer
	if err := DOT(&dot, g, DOTOptions{Name: "x y"}); err != nil {
		t.Fatal(err)
	}
	if err := writeMermaid(&mermaid, g); err != nil {
		t.Fatal(err)
	}
	if want := `"image:a\"b\\n#<c>*` + "`" + `" [label="a\"b\\n#<c>*` + "`" + `"`; !strings.Contains(dot.String(), want) {
		t.Errorf("no %s in\n%s", want, dot.String())
	}
	if want := `n0["a#quot;b\n#35;#lt;c#gt;#42;#96;"]`; !strings.Contains(mermaid.String(), want) {
		t.Errorf("no %s in\n%s", want, mermaid.String())
	}
}
