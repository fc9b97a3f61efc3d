package graph

import (
	"slices"
	"strings"
)

// CycleError says that nodes need each other in a circle, so there is no order
// to build them in.
type CycleError struct {
	IDs []string // each is needed by the next, the last by the first
}

// Error names the nodes of the circle, the first one again at the end.
func (e *CycleError) Error() string {
	circle := slices.Concat(e.IDs, e.IDs[:min(1, len(e.IDs))])
	return "these need each other in a circle: " + strings.Join(circle, " -> ")
}

// Cycle returns the ids of one cycle, each needed by the next and the last by
// the first, beginning with the smallest id; nil when there is none. The answer
// is the same for the same graph.
func (g *Graph) Cycle() []string {
	order, _ := g.order()
	if len(order) == len(g.nodes) {
		return nil
	}
	left := make([]bool, len(g.nodes))
	for i := range left {
		left[i] = true
	}
	for _, i := range order {
		left[i] = false
	}
	// Each node that is left needs another one that is left, so walking from
	// need to need comes back to where it has been.
	at := slices.Index(left, true)
	seen := map[int]int{}
	var walk []int
	for {
		if begin, ok := seen[at]; ok {
			return g.fromSmallest(walk[begin:])
		}
		seen[at] = len(walk)
		walk = append(walk, at)
		needs := g.needs(at)
		at = needs[slices.IndexFunc(needs, func(n int) bool { return left[n] })]
	}
}

// order returns positions so that each comes after what it needs, and the level
// of each node: 0 when it needs nothing, else one more than the highest level
// among its needs. Nodes on a cycle, and what needs them, are missing from it.
func (g *Graph) order() (order, level []int) {
	level = make([]int, len(g.nodes))
	waits := make([]int, len(g.nodes))
	order = make([]int, 0, len(g.nodes))
	for i := range g.nodes {
		if waits[i] = g.in[i+1] - g.in[i]; waits[i] == 0 {
			order = append(order, i)
		}
	}
	for next := 0; next < len(order); next++ {
		i := order[next]
		for _, e := range g.edges[g.out[i]:g.out[i+1]] {
			level[e.to] = max(level[e.to], level[i]+1)
			if waits[e.to]--; waits[e.to] == 0 {
				order = append(order, e.to)
			}
		}
	}
	return order, level
}

// fromSmallest turns a circle listed from need to need into ids listed from
// what is needed to what needs it, the smallest first.
func (g *Graph) fromSmallest(circle []int) []string {
	least := slices.Index(circle, slices.Min(circle))
	ids := make([]string, len(circle))
	for i := range ids {
		ids[i] = g.nodes[circle[(least-i+len(circle))%len(circle)]].ID
	}
	return ids
}
