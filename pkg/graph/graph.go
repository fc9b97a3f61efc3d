package graph

import "slices"

// Graph is an immutable graph of nodes and edges, sorted by id and without
// duplicates. It is safe for concurrent use. Make one with a [Builder].
type Graph struct {
	nodes []Node
	edges []Edge
	index map[string]int // id to position in nodes
	in    [][]int        // in[n]: positions in edges that end at n
	out   [][]int        // out[n]: positions in edges that begin at n
}

// newGraph takes sorted nodes and edges whose ends all exist.
func newGraph(nodes []Node, edges []Edge) *Graph {
	g := &Graph{
		nodes: nodes, edges: edges,
		index: make(map[string]int, len(nodes)),
		in:    make([][]int, len(nodes)),
		out:   make([][]int, len(nodes)),
	}
	for i, n := range nodes {
		g.index[n.ID] = i
	}
	for i, e := range edges {
		from, to := g.index[e.From], g.index[e.To]
		g.out[from] = append(g.out[from], i)
		g.in[to] = append(g.in[to], i)
	}
	return g
}

// Len returns the number of nodes.
func (g *Graph) Len() int { return len(g.nodes) }

// Nodes returns a copy of the nodes, sorted by id.
func (g *Graph) Nodes() []Node { return slices.Clone(g.nodes) }

// Edges returns a copy of the edges, sorted by from, to and kind.
func (g *Graph) Edges() []Edge { return slices.Clone(g.edges) }

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
func (g *Graph) EdgesTo(id string) []Edge { return g.pick(g.in, id) }

// EdgesFrom returns the edges that begin at the node: what needs it, and how.
func (g *Graph) EdgesFrom(id string) []Edge { return g.pick(g.out, id) }

func (g *Graph) pick(side [][]int, id string) []Edge {
	i, ok := g.index[id]
	if !ok {
		return nil
	}
	list := make([]Edge, 0, len(side[i]))
	for _, e := range side[i] {
		list = append(list, g.edges[e])
	}
	return list
}

// needs returns the positions of what node i needs, ascending, each once.
func (g *Graph) needs(i int) []int {
	list := make([]int, 0, len(g.in[i]))
	for _, e := range g.in[i] {
		list = append(list, g.index[g.edges[e].From])
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// neededBy returns the positions of what needs node i, ascending, each once.
func (g *Graph) neededBy(i int) []int {
	list := make([]int, 0, len(g.out[i]))
	for _, e := range g.out[i] {
		list = append(list, g.index[g.edges[e].To])
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func (g *Graph) ends(positions []int) []string {
	ids := make([]string, len(positions))
	for i, p := range positions {
		ids[i] = g.nodes[p].ID
	}
	return ids
}
