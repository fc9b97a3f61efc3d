package graph

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Builder collects nodes and edges in any order, with repetitions, and makes a
// [Graph] of them. It is not safe for concurrent use.
type Builder struct {
	nodes map[string]Node
	edges []Edge // with repetitions
}

// NewBuilder returns an empty Builder.
func NewBuilder() *Builder {
	return &Builder{nodes: map[string]Node{}}
}

// AddNode adds a node and returns its id; an empty ID is made from kind and
// name. A node that is added again is merged: empty fields are filled in, lists
// united, and it is final when one of the additions is.
func (b *Builder) AddNode(n Node) string {
	if n.ID == "" {
		n.ID = ID(n.Kind, n.Name)
	}
	if old, ok := b.nodes[n.ID]; ok {
		n = merge(old, n)
	}
	n.Platforms, n.Paths = sortedSet(n.Platforms), sortedSet(n.Paths)
	b.nodes[n.ID] = n
	return n.ID
}

// AddEdge says that to needs from. The nodes may be added later.
func (b *Builder) AddEdge(from, to string, kind EdgeKind) {
	b.edges = append(b.edges, Edge{From: from, To: to, Kind: kind})
}

// Build returns the graph of everything added so far. The error names every
// edge whose end is not a node. A cycle is not an error here: it has to be
// drawn to be understood, see [Graph.Cycle].
func (b *Builder) Build() (*Graph, error) {
	nodes := make([]Node, 0, len(b.nodes))
	for _, id := range slices.Sorted(maps.Keys(b.nodes)) {
		nodes = append(nodes, b.nodes[id])
	}
	g := newGraph(nodes)
	edges := make([]edge, 0, len(b.edges))
	var bad []Edge
	for _, e := range b.edges {
		from, okFrom := g.index[e.From]
		to, okTo := g.index[e.To]
		if !okFrom || !okTo {
			bad = append(bad, e)
			continue
		}
		edges = append(edges, edge{from, to, e.Kind})
	}
	if len(bad) > 0 {
		return nil, b.dangling(bad)
	}
	slices.SortFunc(edges, edge.compare)
	g.connect(slices.Compact(edges))
	return g, nil
}

// dangling says which ends of the edges are no nodes.
func (b *Builder) dangling(edges []Edge) error {
	slices.SortFunc(edges, func(x, y Edge) int {
		return cmp.Or(strings.Compare(x.From, y.From), strings.Compare(x.To, y.To), cmp.Compare(x.Kind, y.Kind))
	})
	var bad []string
	for _, e := range slices.Compact(edges) {
		for _, id := range []string{e.From, e.To} {
			if _, ok := b.nodes[id]; !ok {
				bad = append(bad, fmt.Sprintf("%q of the %s edge %q to %q", id, e.Kind, e.From, e.To))
			}
		}
	}
	return fmt.Errorf("make the graph: no such node: %s", strings.Join(bad, ", "))
}

func merge(a, b Node) Node {
	return Node{
		ID:        a.ID,
		Kind:      cmp.Or(a.Kind, b.Kind),
		Name:      cmp.Or(a.Name, b.Name),
		Final:     a.Final || b.Final,
		Builder:   cmp.Or(a.Builder, b.Builder),
		Ref:       cmp.Or(a.Ref, b.Ref),
		Platforms: slices.Concat(a.Platforms, b.Platforms),
		DigestKey: cmp.Or(a.DigestKey, b.DigestKey),
		Paths:     slices.Concat(a.Paths, b.Paths),
		Adds:      slices.Concat(a.Adds, b.Adds),
		Key:       cmp.Or(a.Key, b.Key),

		Fingerprint: cmp.Or(a.Fingerprint, b.Fingerprint),
		Frozen:      a.Frozen || b.Frozen,
		Watched:     slices.Concat(a.Watched, b.Watched),
	}
}

// sortedSet returns a sorted copy without duplicates, nil when empty.
func sortedSet(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}
