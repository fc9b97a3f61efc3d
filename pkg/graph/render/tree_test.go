package render

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/modship/modship/pkg/graph"
	"github.com/modship/modship/pkg/graph/internal/sample"
)

// TestTreeOfRandomGraphs: whatever the graph, also with cycles, each node that
// is not an input has one line of its own, and each thing it needs is either
// named on that line or has its line below it.
func TestTreeOfRandomGraphs(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	for range 500 {
		b := graph.NewBuilder()
		n := 2 + r.IntN(15)
		node := func(i int) string {
			kind := graph.Image
			if i < n/4 {
				kind = graph.Base
			}
			return b.AddNode(graph.Node{Kind: kind, Name: fmt.Sprintf("<%d>", i)})
		}
		for range r.IntN(3 * n) {
			b.AddEdge(node(r.IntN(n)), node(n/4+r.IntN(n-n/4)), graph.Import)
		}
		g := sample.MustBuild(t, b)
		var out bytes.Buffer
		if err := Tree(&out, g, TreeOptions{}); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(out.String(), "\n")
		for _, node := range g.Nodes() {
			checkTreeLine(t, g, node, lines)
		}
		if t.Failed() {
			t.Fatalf("the tree is\n%s", out.String())
		}
	}
}

func checkTreeLine(t *testing.T, g *graph.Graph, n graph.Node, lines []string) {
	t.Helper()
	own := func(name string) []int {
		var found []int
		for i, line := range lines {
			text, _, _ := strings.Cut(line, "  ← ")
			if strings.HasSuffix(text, name) {
				found = append(found, i)
			}
		}
		return found
	}
	at := own(n.Name)
	if n.Kind.IsInput() {
		if len(at) > 0 {
			t.Errorf("the input %s has a line", n.Name)
		}
		return
	}
	if len(at) != 1 {
		t.Errorf("%s has %d lines", n.Name, len(at))
		return
	}
	depth := strings.Index(lines[at[0]], "import ")
	for _, id := range g.Needs(n.ID) {
		need, _ := g.Node(id)
		below := own(need.Name)
		isBelow := len(below) == 1 && below[0] > at[0] && strings.Index(lines[below[0]], "import ") > depth
		if !isBelow && !strings.Contains(lines[at[0]], need.Name) {
			t.Errorf("%s needs %s, and does not say so", n.Name, need.Name)
		}
	}
}
