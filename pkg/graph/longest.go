package graph

import (
	"slices"
	"time"
)

// Levels returns the ids by level: those that need nothing first, then those
// that need only them, and so on; each level is sorted. This is how werf builds
// (one level after another), so it tells the price of doing so. The error is a
// [*CycleError].
func (g *Graph) Levels() ([][]string, error) {
	order, level := g.order()
	if len(order) < len(g.nodes) {
		return nil, &CycleError{IDs: g.Cycle()}
	}
	var levels [][]string
	for i, n := range g.nodes { // sorted by id, and so is each level
		for level[i] >= len(levels) {
			levels = append(levels, nil)
		}
		levels[level[i]] = append(levels[level[i]], n.ID)
	}
	return levels, nil
}

// CriticalPath returns the ids on the longest way through the graph by the sum
// of weights, first to last, and that sum; of several such ways the one whose
// end has the smallest id. The error is a [*CycleError].
func (g *Graph) CriticalPath(weight func(Node) time.Duration) ([]string, time.Duration, error) {
	order, _ := g.order()
	if len(order) < len(g.nodes) {
		return nil, 0, &CycleError{IDs: g.Cycle()}
	}
	if len(order) == 0 {
		return nil, 0, nil
	}
	length := make([]time.Duration, len(g.nodes)) // up to and with the node
	before := make([]int, len(g.nodes))           // the node before it on that way, or -1
	for _, i := range order {
		before[i] = -1
		for _, n := range g.needs(i) {
			if before[i] < 0 || length[n] > length[before[i]] {
				before[i] = n
			}
		}
		length[i] = weight(g.nodes[i])
		if before[i] >= 0 {
			length[i] += length[before[i]]
		}
	}
	last := 0
	for i := range length {
		if length[i] > length[last] {
			last = i
		}
	}
	var path []string
	for i := last; i >= 0; i = before[i] {
		path = append(path, g.nodes[i].ID)
	}
	slices.Reverse(path)
	return path, length[last], nil
}
