package render

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/modship/modship/pkg/graph"
	"github.com/modship/modship/pkg/graph/internal/sample"
)

func TestMermaidSaysWhatIsTooLarge(t *testing.T) {
	for name, tc := range map[string]struct {
		g        *graph.Graph
		tooLarge bool
	}{
		"sample":     {sample.Module(t), false},
		"edges":      {sample.MustBuild(t, sample.Large(600)), true},
		"characters": {sample.MustBuild(t, longNames(1200)), true},
	} {
		var out bytes.Buffer
		size, err := Mermaid(&out, tc.g)
		if err != nil {
			t.Fatal(err)
		}
		text := out.String()
		if said := strings.HasPrefix(text, "%% Too large"); size.TooLarge() != tc.tooLarge || said != tc.tooLarge {
			t.Errorf("%s: %s: too large %t, in the text %t, want %t", name, size, size.TooLarge(), said, tc.tooLarge)
		}
		if edges := strings.Count(text, "-->|") + strings.Count(text, "-.->|"); edges != size.Edges {
			t.Errorf("%s: %d edges, want %d", name, size.Edges, edges)
		}
	}
}

// longNames has n images without edges.
func longNames(n int) *graph.Builder {
	b := graph.NewBuilder()
	for i := range n {
		b.AddNode(graph.Node{Kind: graph.Image, Name: fmt.Sprintf("an-image-with-a-name-of-fifty-characters-%010d", i)})
	}
	return b
}

// TestPairsHaveOneEdgeAndLabelsAreShort: whatever the kinds of edges and the
// number of paths.
func TestPairsHaveOneEdgeAndLabelsAreShort(t *testing.T) {
	b := graph.NewBuilder()
	var paths []string
	for i := range 30 {
		paths = append(paths, fmt.Sprintf("templates/part-%d/long-name.yaml", i))
	}
	app := b.AddNode(graph.Node{Kind: graph.Image, Name: strings.Repeat("long-", 50)})
	for _, from := range []string{
		b.AddNode(graph.Node{Kind: graph.Git, Name: strings.Join(paths, ","), Paths: paths}),
		b.AddNode(graph.Node{Kind: graph.Git, Name: "https://example.com/" + strings.Repeat("x/", 100) + "@v1", Ref: "https://example.com"}),
		b.AddNode(graph.Node{Kind: graph.Base, Name: "registry.example/" + strings.Repeat("x/", 100) + ":v1"}),
	} {
		for _, kind := range []graph.EdgeKind{graph.From, graph.Import, graph.Dependency, graph.Digest} {
			b.AddEdge(from, app, kind)
		}
	}
	g := sample.MustBuild(t, b)
	var dot, mermaid bytes.Buffer
	if err := DOT(&dot, g, DOTOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := writeMermaid(&mermaid, g); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"dot": dot.String(), "mermaid": mermaid.String()} {
		if edges := strings.Count(text, "digest+from+import"); edges != 3 {
			t.Errorf("%s: %d edges, want 3:\n%s", name, edges, text)
		}
		for _, label := range regexp.MustCompile(`(?m)(?:label=|[\[(/])"([^"]*)"`).FindAllStringSubmatch(text, -1) {
			if n := len([]rune(label[1])); n > 100 {
				t.Errorf("%s: a label of %d characters: %s", name, n, label[1])
			}
		}
	}
}

func TestLegendsNameTheLines(t *testing.T) {
	g := sample.Module(t)
	var svg bytes.Buffer
	if err := SVG(&svg, g, SVGOptions{}); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"svg": svg.String(), "html": html(t, g)} {
		for _, style := range lineStyles {
			if !strings.Contains(text, style.title) {
				t.Errorf("%s: the legend lacks %q", name, style.title)
			}
		}
	}
}
