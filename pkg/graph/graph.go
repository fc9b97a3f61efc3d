package graph

import (
	"cmp"
	"slices"
)

// Graph is an immutable graph of nodes and edges, sorted by id and without
// duplicates. It is safe for concurrent use. Make one with a [Builder].
type Graph struct {
	nodes []Node
	index map[string]int // id to position in nodes
	edges []edge         // sorted
	out   []int          // edges that begin at node n: edges[out[n]:out[n+1]]
	in    []int          // edges that end at node n: positions into[in[n]:in[n+1]]
	into  []int
}

// edge is an Edge between positions of nodes.
type edge struct {
	from, to int
	kind     EdgeKind
}

func (e edge) compare(other edge) int {
	if d := cmp.Or(e.from-other.from, e.to-other.to); d != 0 {
		return d
	}
	return cmp.Compare(e.kind, other.kind)
}

// newGraph takes sorted nodes; connect must follow.
func newGraph(nodes []Node) *Graph {
	g := &Graph{nodes: nodes, index: make(map[string]int, len(nodes))}
	for i, n := range nodes {
		g.index[n.ID] = i
	}
	return g
}

// connect takes sorted edges.
func (g *Graph) connect(edges []edge) {
	g.edges, g.into = edges, make([]int, len(edges))
	g.out, g.in = make([]int, len(g.nodes)+1), make([]int, len(g.nodes)+1)
	for _, e := range edges {
		g.out[e.from+1]++
		g.in[e.to+1]++
	}
	for i := range g.nodes {
		g.out[i+1] += g.out[i]
		g.in[i+1] += g.in[i]
	}
	next := slices.Clone(g.in)
	for i, e := range edges {
		g.into[next[e.to]] = i
		next[e.to]++
	}
}

// Len returns the number of nodes.
func (g *Graph) Len() int { return len(g.nodes) }

// Nodes returns a copy of the nodes, sorted by id.
func (g *Graph) Nodes() []Node { return slices.Clone(g.nodes) }

// Edges returns the edges, sorted by from, to and kind.
func (g *Graph) Edges() []Edge {
	list := make([]Edge, len(g.edges))
	for i, e := range g.edges {
		list[i] = g.named(e)
	}
	return list
}

func (g *Graph) named(e edge) Edge { return Edge{g.nodes[e.from].ID, g.nodes[e.to].ID, e.kind} }

// Node returns the node with that id.
func (g *Graph) Node(id string) (Node, bool) {
	i, ok := g.index[id]
	if !ok {
		return Node{}, false
	}
	return g.nodes[i], true
}

// Needs returns the ids of what the node needs directly, sorted; nil for an
// unknown id.
func (g *Graph) Needs(id string) []string {
	i, ok := g.index[id]
	if !ok {
		return nil
	}
	return g.ends(g.needs(i))
}

// NeededBy returns the ids of what needs the node directly, sorted; nil for an
// unknown id.
func (g *Graph) NeededBy(id string) []string {
	i, ok := g.index[id]
	if !ok {
		return nil
	}
	return g.ends(g.neededBy(i))
}

// EdgesTo returns the edges that end at the node: what it needs, and how.
func (g *Graph) EdgesTo(id string) []Edge {
	i, ok := g.index[id]
	if !ok {
		return nil
	}
	var list []Edge
	for _, e := range g.into[g.in[i]:g.in[i+1]] {
		list = append(list, g.named(g.edges[e]))
	}
	return list
}

// needs returns the positions of what node i needs, ascending, each once.
func (g *Graph) needs(i int) []int {
	into := g.into[g.in[i]:g.in[i+1]] // sorted, as the edges are
	list := make([]int, len(into))
	for k, e := range into {
		list[k] = g.edges[e].from
	}
	return slices.Compact(list)
}

// neededBy returns the positions of what needs node i, ascending, each once.
func (g *Graph) neededBy(i int) []int {
	edges := g.edges[g.out[i]:g.out[i+1]]
	list := make([]int, len(edges))
	for k, e := range edges {
		list[k] = e.to
	}
	return slices.Compact(list)
}

func (g *Graph) ends(positions []int) []string {
	ids := make([]string, len(positions))
	for i, p := range positions {
		ids[i] = g.nodes[p].ID
	}
	return ids
}
