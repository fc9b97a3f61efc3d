package graph

// Closure returns the part of the graph made of the named nodes and everything
// they need, directly or not. Ids that are not in the graph are ignored.
func (g *Graph) Closure(ids ...string) *Graph {
	return g.keep(g.reach(ids, g.needs))
}

// Dependents returns the part of the graph made of the named nodes and
// everything that needs them, directly or not. Ids that are not in the graph
// are ignored.
func (g *Graph) Dependents(ids ...string) *Graph {
	return g.keep(g.reach(ids, g.neededBy))
}

// Published returns the part of the graph that publishing the module is about:
// the bundle, the release image, the registration tag and the channels with
// everything they need, and the final images that hang off those without being
// needed by them (attestations are made that way), again with what they need.
// A graph without any of these artifacts is returned whole.
func (g *Graph) Published() *Graph {
	var artifacts []string
	for _, n := range g.nodes {
		if n.Kind.IsArtifact() {
			artifacts = append(artifacts, n.ID)
		}
	}
	if len(artifacts) == 0 {
		return g
	}
	inside := g.reach(artifacts, g.needs)
	var finals []string
	for i, n := range g.nodes {
		if inside[i] && n.Kind == Image && n.Final {
			finals = append(finals, n.ID)
		}
	}
	wanted := artifacts
	for i, reached := range g.reach(finals, g.neededBy) {
		if n := g.nodes[i]; reached && n.Kind == Image && n.Final {
			wanted = append(wanted, n.ID)
		}
	}
	return g.Closure(wanted...)
}

// reach marks the named nodes and everything found by following next.
func (g *Graph) reach(ids []string, next func(int) []int) []bool {
	seen := make([]bool, len(g.nodes))
	var todo []int
	visit := func(i int) {
		if !seen[i] {
			seen[i] = true
			todo = append(todo, i)
		}
	}
	for _, id := range ids {
		if i, ok := g.index[id]; ok {
			visit(i)
		}
	}
	for len(todo) > 0 {
		i := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, j := range next(i) {
			visit(j)
		}
	}
	return seen
}

func (g *Graph) keep(kept []bool) *Graph {
	size := 0
	for _, k := range kept {
		if k {
			size++
		}
	}
	nodes := make([]Node, 0, size)
	moved := make([]int, len(g.nodes))
	for i, n := range g.nodes {
		if moved[i] = len(nodes); kept[i] {
			nodes = append(nodes, n)
		}
	}
	var edges []edge
	for _, e := range g.edges {
		if kept[e.from] && kept[e.to] {
			edges = append(edges, edge{moved[e.from], moved[e.to], e.kind})
		}
	}
	sub := newGraph(nodes)
	sub.connect(edges)
	return sub
}
