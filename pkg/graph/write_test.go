package graph

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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
	g := sampleModule(t).Published()
	for name, write := range map[string]func(io.Writer) error{
		"tree.txt":         func(w io.Writer) error { return WriteTree(w, g, TreeOptions{}) },
		"tree-narrow.txt":  func(w io.Writer) error { return WriteTree(w, g, TreeOptions{Width: 80}) },
		"tree-image.txt":   func(w io.Writer) error { return WriteTree(w, g.Closure("image:spaas"), TreeOptions{Watched: true}) },
		"graph.json":       func(w io.Writer) error { return WriteJSON(w, g, JSONOptions{}) },
		"graph.dot":        func(w io.Writer) error { return WriteDOT(w, g, DOTOptions{}) },
		"graph.mermaid":    func(w io.Writer) error { return WriteMermaid(w, g, MermaidOptions{}) },
		"graph.svg":        func(w io.Writer) error { return WriteSVG(w, g, SVGOptions{Title: "sds-sample v1.4.2"}) },
		"tree-colour.txt":  func(w io.Writer) error { return WriteTree(w, g.Closure("image:spaas"), TreeOptions{Color: true}) },
		"tree-circle.txt":  func(w io.Writer) error { return WriteTree(w, circle(t), TreeOptions{}) },
		"tree-nothing.txt": func(w io.Writer) error { return WriteTree(w, mustBuild(t, NewBuilder()), TreeOptions{}) },
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

func circle(t *testing.T) *Graph {
	return toy(t, [2]string{"a", "b"}, [2]string{"b", "c"}, [2]string{"c", "b"}, [2]string{"b", "d"})
}

// TestTreeHasEachImageOnce: each image has one line of its own, and every need
// is named somewhere.
func TestTreeHasEachImageOnce(t *testing.T) {
	g := sampleModule(t)
	var out bytes.Buffer
	if err := WriteTree(&out, g, TreeOptions{}); err != nil {
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
	if err := WriteJSON(&out, mustBuild(t, NewBuilder()), JSONOptions{Compact: true}); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), `{"nodes":[],"edges":[]}`+"\n"; got != want {
		t.Errorf("got %s want %s", got, want)
	}
}

func TestDOTAndMermaidEscape(t *testing.T) {
	b := NewBuilder()
	b.AddNode(Node{Kind: Image, Name: `a"b\n#<c>*` + "`"})
	g := mustBuild(t, b)
	var dot, mermaid bytes.Buffer
	if err := WriteDOT(&dot, g, DOTOptions{Name: "x y"}); err != nil {
		t.Fatal(err)
	}
	if err := WriteMermaid(&mermaid, g, MermaidOptions{TopDown: true}); err != nil {
		t.Fatal(err)
	}
	if want := `"image:a\"b\\n#<c>*` + "`" + `" [label="a\"b\\n#<c>*` + "`" + `"`; !strings.Contains(dot.String(), want) {
		t.Errorf("no %s in\n%s", want, dot.String())
	}
	if want := `n0["a#quot;b\n#35;#lt;c#gt;#42;#96;"]`; !strings.Contains(mermaid.String(), want) {
		t.Errorf("no %s in\n%s", want, mermaid.String())
	}
}

func TestEventJSON(t *testing.T) {
	const line = `{"time":"2026-11-22T10:00:00.5Z","id":"image:a","name":"a","state":"built","seconds":1.235,"message":""}`
	var e Event
	if err := json.Unmarshal([]byte(line), &e); err != nil {
		t.Fatal(err)
	}
	e.Seconds = 1.2345678
	got, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != line {
		t.Errorf("got  %s\nwant %s", got, line)
	}
	if Running.IsFinal() || Queued.IsFinal() || !Canceled.IsFinal() {
		t.Error("IsFinal is wrong about running, queued or canceled")
	}
}
