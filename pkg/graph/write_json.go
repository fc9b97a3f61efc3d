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
// needed to what needs it. Both lists are there even when empty.
func WriteJSON(w io.Writer, g *Graph, opts JSONOptions) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if !opts.Compact {
		enc.SetIndent("", "  ")
	}
	return enc.Encode(struct {
		Nodes []Node `json:"nodes"`
		Edges []Edge `json:"edges"`
	}{append([]Node{}, g.nodes...), g.Edges()})
}
