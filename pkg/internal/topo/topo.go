// Package topo orders things that need each other, and finds the circle when
// there is no order. Things are positions in a list; needs holds for each the
// positions of those it needs, each once.
package topo

import "slices"

// Order returns positions so that each comes after those it needs. Positions on
// a circle, and those that need one, are missing from it.
func Order(needs [][]int) []int {
	waits, users := make([]int, len(needs)), make([][]int, len(needs))
	order := make([]int, 0, len(needs))
	for i, list := range needs {
		if waits[i] = len(list); waits[i] == 0 {
			order = append(order, i)
		}
		for _, need := range list {
			users[need] = append(users[need], i)
		}
	}
	for next := 0; next < len(order); next++ {
		for _, user := range users[order[next]] {
			if waits[user]--; waits[user] == 0 {
				order = append(order, user)
			}
		}
	}
	return order
}

// Circle returns one circle, each position needed by the next and the last by
// the first, the smallest first; nil when there is none. The answer is the same
// for the same needs.
func Circle(needs [][]int) []int {
	order := Order(needs)
	if len(order) == len(needs) {
		return nil
	}
	stuck := make([]bool, len(needs))
	for i := range stuck {
		stuck[i] = true
	}
	for _, i := range order {
		stuck[i] = false
	}
	// Each position that is stuck needs another one that is, so walking from
	// need to need comes back to where it has been.
	at := slices.Index(stuck, true)
	seen := map[int]int{}
	var walk []int
	for {
		if begin, ok := seen[at]; ok {
			return fromSmallest(walk[begin:])
		}
		seen[at] = len(walk)
		walk = append(walk, at)
		at = needs[at][slices.IndexFunc(needs[at], func(need int) bool { return stuck[need] })]
	}
}

// fromSmallest turns a circle listed from need to need into one listed from the
// needed position to the one that needs it, the smallest first.
func fromSmallest(circle []int) []int {
	least := slices.Index(circle, slices.Min(circle))
	turned := make([]int, len(circle))
	for i := range turned {
		turned[i] = circle[(least-i+len(circle))%len(circle)]
	}
	return turned
}
