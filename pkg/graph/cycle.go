package graph

import "github.com/modship/modship/pkg/internal/topo"

// Cycle returns the ids of one cycle, each needed by the next and the last by
// the first, beginning with the smallest id; nil when there is none. The answer
// is the same for the same graph.
func (g *Graph) Cycle() []string {
	circle := topo.Circle(g.allNeeds())
	if circle == nil {
		return nil
	}
	return g.ends(circle)
}

// order returns positions so that each comes after what it needs. Nodes on a
// cycle, and what needs them, are missing from it.
func (g *Graph) order() []int { return topo.Order(g.allNeeds()) }

func (g *Graph) allNeeds() [][]int {
	needs := make([][]int, len(g.nodes))
	for i := range needs {
		needs[i] = g.needs(i)
	}
	return needs
}
