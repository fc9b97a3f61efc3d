package layout

import (
	"cmp"
	"slices"
)

// part is a piece of the graph that hangs together.
type part struct {
	boxes []int // positions of its boxes
	edges []int // positions of its edges
}

// components splits the graph into parts, the largest first; alone are the
// boxes without edges to others.
func components(n int, edges []Edge) (parts []part, alone []int) {
	leader := leaders(n, edges)
	at := map[int]int{} // leader to position in all
	var all []part
	for i := range n {
		k, ok := at[leader[i]]
		if !ok {
			k = len(all)
			at[leader[i]] = k
			all = append(all, part{})
		}
		all[k].boxes = append(all[k].boxes, i)
	}
	for i, e := range edges {
		if e.From != e.To {
			p := &all[at[leader[e.From]]]
			p.edges = append(p.edges, i)
		}
	}
	for _, p := range all {
		if len(p.edges) == 0 {
			alone = append(alone, p.boxes...)
		} else {
			parts = append(parts, p)
		}
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(len(b.boxes), len(a.boxes)) })
	return parts, alone
}

// leaders names one box for each part: the same for all boxes that hang
// together (a union-find structure, flattened at the end).
func leaders(n int, edges []Edge) []int {
	leader := make([]int, n)
	for i := range leader {
		leader[i] = i
	}
	find := func(i int) int {
		for leader[i] != i {
			leader[i] = leader[leader[i]]
			i = leader[i]
		}
		return i
	}
	for _, e := range edges {
		leader[find(e.From)] = find(e.To)
	}
	for i := range leader {
		leader[i] = find(i)
	}
	return leader
}
