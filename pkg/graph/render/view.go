package render

import (
	"cmp"
	"slices"

	"github.com/modship/modship/pkg/graph"
)

// view is a graph with positions in place of ids, which is what drawing works
// with.
type view struct {
	nodes []graph.Node
	edges []viewEdge // sorted by from, to and kind
	needs [][]int    // positions of what each node needs, ascending, each once
	users [][]int    // positions of what needs each node, ascending, each once
}

type viewEdge struct {
	from, to int
	kind     graph.EdgeKind
}

func (e viewEdge) compareEnds(other viewEdge) int {
	return cmp.Or(e.from-other.from, e.to-other.to)
}

func newView(g *graph.Graph) *view {
	v := &view{nodes: g.Nodes()}
	index := make(map[string]int, len(v.nodes))
	for i, n := range v.nodes {
		index[n.ID] = i
	}
	for _, e := range g.Edges() {
		v.edges = append(v.edges, viewEdge{index[e.From], index[e.To], e.Kind})
	}
	v.connect()
	return v
}

// connect fills in needs and users from the edges.
func (v *view) connect() {
	v.needs, v.users = make([][]int, len(v.nodes)), make([][]int, len(v.nodes))
	for _, e := range v.edges {
		v.needs[e.to] = append(v.needs[e.to], e.from)
		v.users[e.from] = append(v.users[e.from], e.to)
	}
	for i := range v.nodes {
		v.needs[i], v.users[i] = slices.Compact(v.needs[i]), slices.Compact(v.users[i])
	}
}

// kinds returns the kinds of the edges from one node to another.
func (v *view) kinds(from, to int) []graph.EdgeKind {
	ends := viewEdge{from: from, to: to}
	at, _ := slices.BinarySearchFunc(v.edges, ends, viewEdge.compareEnds)
	var kinds []graph.EdgeKind
	for ; at < len(v.edges) && v.edges[at].compareEnds(ends) == 0; at++ {
		kinds = append(kinds, v.edges[at].kind)
	}
	return kinds
}
