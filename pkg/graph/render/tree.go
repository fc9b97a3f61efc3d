package render

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"

	"github.com/modship/modship/pkg/graph"
)

// TreeOptions says how [Tree] writes.
type TreeOptions struct {
	Width int  // columns to use; 0 = as many as it takes
	Color bool // with ANSI colours
	// Watched names the files of git sources that stages watch
	// (stageDependencies) behind the source.
	Watched bool
}

// Tree writes the graph as a text tree for a person: artifacts first, each
// image below what needs it, one line an image. Inputs (bases, git, context)
// stand on the line of the image that uses them. An image that is needed in
// several places is printed once, with what it needs, and is named with an
// arrow on the lines of the others: ↑ is printed above, ↓ below.
func Tree(w io.Writer, g *graph.Graph, opts TreeOptions) error {
	t := &tree{view: newView(g), out: bufio.NewWriter(w), opts: opts, printed: make([]bool, g.Len())}
	for _, root := range t.roots() {
		t.node(root, "", "", "")
	}
	for i, n := range t.view.nodes { // the rest is part of a cycle
		if !t.printed[i] && !n.Kind.IsInput() {
			t.node(i, "", "", "")
		}
	}
	fmt.Fprintln(t.out, t.paint(dim, Summary(g)))
	return t.out.Flush()
}

type tree struct {
	view    *view
	out     *bufio.Writer
	opts    TreeOptions
	printed []bool
}

// roots returns what nothing needs: artifacts, then final images, then others.
func (t *tree) roots() []int {
	rank := func(i int) int {
		n := t.view.nodes[i]
		switch {
		case n.Kind.IsArtifact():
			return slices.Index(graph.NodeKinds(), n.Kind) - len(graph.NodeKinds())
		case n.Final:
			return 0
		default:
			return 1
		}
	}
	var roots []int
	for i, n := range t.view.nodes {
		if len(t.view.users[i]) == 0 && !n.Kind.IsInput() {
			roots = append(roots, i)
		}
	}
	slices.SortStableFunc(roots, func(a, b int) int { return cmp.Compare(rank(a), rank(b)) })
	return roots
}

// node prints the line of node i and the subtree below it. The first line
// begins with lead, those below it with rest; how says by which kind of edge.
func (t *tree) node(i int, lead, rest, how string) {
	t.printed[i] = true
	inputs, elsewhere, below := t.split(i)
	t.line(i, lead, how, elsewhere, inputs)
	for k, need := range below {
		branch, next := "├─ ", "│  "
		if k == len(below)-1 {
			branch, next = "└─ ", "   "
		}
		t.node(need, rest+branch, rest+next, kindsText(t.view.kinds(need, i)))
	}
}

// split sorts what node i needs into inputs, names of what has its line
// elsewhere, and what gets its line below i. Something that another need of i
// needs too has its line below that one.
func (t *tree) split(i int) (inputs []int, elsewhere []string, below []int) {
	var fresh []int
	for _, need := range t.view.needs[i] {
		switch n := t.view.nodes[need]; {
		case n.Kind.IsInput():
			inputs = append(inputs, need)
		case t.printed[need]:
			elsewhere = append(elsewhere, "↑"+titled(n))
		default:
			fresh = append(fresh, need)
		}
	}
	deeper := map[int]bool{}
	for _, from := range fresh {
		if deeper[from] {
			continue
		}
		for _, to := range t.unprintedBelow(from) {
			deeper[to] = true
		}
	}
	for _, need := range fresh {
		if deeper[need] {
			elsewhere = append(elsewhere, "↓"+titled(t.view.nodes[need]))
		} else {
			below = append(below, need)
		}
	}
	return inputs, elsewhere, below
}

// unprintedBelow lists what node i needs, directly or not, and has no line yet.
func (t *tree) unprintedBelow(i int) []int {
	seen := map[int]bool{i: true}
	todo := []int{i}
	for next := 0; next < len(todo); next++ {
		for _, need := range t.view.needs[todo[next]] {
			if !seen[need] && !t.printed[need] {
				seen[need] = true
				todo = append(todo, need)
			}
		}
	}
	return todo[1:]
}
