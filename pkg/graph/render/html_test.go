package render

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/modship/modship/pkg/graph"
	"github.com/modship/modship/pkg/graph/internal/sample"
)

// evil is a name that would break out of HTML, SVG or a script.
const evil = `</script><img src=x onerror="alert(1)">&'`

func evilGraph(t *testing.T) *graph.Graph {
	b := graph.NewBuilder()
	base := b.AddNode(graph.Node{Kind: graph.Base, Name: evil, Ref: evil})
	for _, name := range []string{evil + "1", evil + "2"} {
		b.AddEdge(base, b.AddNode(graph.Node{Kind: graph.Image, Name: name, Builder: evil, Paths: []string{evil}}), graph.From)
	}
	return sample.MustBuild(t, b)
}

func html(t *testing.T, g *graph.Graph) string {
	t.Helper()
	var out bytes.Buffer
	if err := HTML(&out, g, HTMLOptions{Title: "a <title>"}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestHTMLNeedsNothingElse(t *testing.T) {
	page := html(t, sample.Module(t))
	loads := regexp.MustCompile(`(?i)(\ssrc=|<link|@import|href=|url\([^#]|fetch\(|import\()`)
	if found := loads.FindString(page); found != "" {
		t.Errorf("the page loads something: %s", found)
	}
}

// TestHTMLData: what the script gets is the graph, with the place of each box.
func TestHTMLData(t *testing.T) {
	g := sample.Module(t)
	page := html(t, g)
	_, rest, _ := strings.Cut(page, `<script type="application/json" id="data">`)
	text, _, _ := strings.Cut(rest, "</script>")
	var data pageData
	if err := json.Unmarshal([]byte(text), &data); err != nil {
		t.Fatal(err)
	}
	boxes := map[string]pageBox{}
	for _, b := range data.Boxes {
		boxes[b.ID] = b
	}
	inputs := 0
	for _, n := range g.Nodes() {
		if _, ok := boxes[n.ID]; ok {
			continue
		}
		inputs++
		users := g.NeededBy(n.ID)
		if !n.Kind.IsInput() || len(users) != 1 {
			t.Errorf("%s has no box", n.ID)
			continue
		}
		if !strings.Contains(mustJSON(t, boxes[users[0]].Details), n.Name) {
			t.Errorf("%s is neither a box nor named in the box of %s", n.ID, users[0])
		}
	}
	if inputs == 0 {
		t.Error("no input stands inside the box of its image")
	}
	for _, mark := range []string{`data-b="`, `data-l="`} {
		want := map[string]int{`data-b="`: len(data.Boxes), `data-l="`: len(data.Links)}[mark]
		if got := strings.Count(page, mark); got != want {
			t.Errorf("%d elements with %s, want %d", got, mark, want)
		}
	}
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestPicturesEscape(t *testing.T) {
	g := evilGraph(t)
	page := html(t, g)
	if strings.Contains(page, "<img") || strings.Count(page, "</script>") != 2 || strings.Contains(page, "a <title>") {
		t.Error("a name breaks out of the page")
	}
	var svg bytes.Buffer
	if err := SVG(&svg, g, SVGOptions{Title: evil}); err != nil {
		t.Fatal(err)
	}
	names := 0
	for dec := xml.NewDecoder(&svg); ; {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not XML: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if token.Name.Local == "img" {
				t.Error("a name became an element")
			}
		case xml.CharData:
			if strings.Contains(string(token), evil) {
				names++
			}
		}
	}
	if names == 0 {
		t.Error("the names are not in the picture")
	}
}

func TestPicturesOfNothing(t *testing.T) {
	empty := sample.MustBuild(t, graph.NewBuilder())
	if !strings.Contains(html(t, empty), `"boxes":[]`) {
		t.Error("the page of an empty graph has no empty list of boxes")
	}
	var svg bytes.Buffer
	if err := SVG(&svg, empty, SVGOptions{}); err != nil || !strings.Contains(svg.String(), "</svg>") {
		t.Errorf("the picture of an empty graph: %v, %s", err, svg.String())
	}
}
