package graph

import (
	"encoding/json"
	"io"
)

// JSONOptions says how [WriteJSON] writes.
type JSONOptions struct {
	Compact bool // one line instead of an indented text
}

// WriteJSON writes {"nodes":[…],"edges":[…]}; an edge points from what is
// needed to what needs it. Both lists are there even when empty. The edge from
// a git source has what the entries of the image add from it, in "adds".
func WriteJSON(w io.Writer, g *Graph, opts JSONOptions) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if !opts.Compact {
		enc.SetIndent("", "  ")
	}
	return enc.Encode(struct {
		Nodes []Node     `json:"nodes"`
		Edges []jsonEdge `json:"edges"`
	}{append([]Node{}, g.nodes...), g.jsonEdges()})
}

type jsonEdge struct {
	Edge
	Adds []GitEntry `json:"adds,omitempty"`
}

func (g *Graph) jsonEdges() []jsonEdge {
	list := make([]jsonEdge, len(g.edges))
	for i, e := range g.edges {
		if list[i].Edge = g.named(e); e.kind == FromGit {
			list[i].Adds = g.nodes[e.to].addsOf(list[i].From)
		}
	}
	return list
}
