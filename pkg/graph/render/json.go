package render

import (
	"encoding/json"
	"io"

	"github.com/modship/modship/pkg/graph"
)

// JSON writes {"nodes":[…],"edges":[…]}, indented; an edge points from what is
// needed to what needs it. Both lists are there even when empty. The edge from
// a git source has the entries of the image that add files of it, in "adds".
func JSON(w io.Writer, g *graph.Graph) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		Nodes []graph.Node `json:"nodes"`
		Edges []jsonEdge   `json:"edges"`
	}{append([]graph.Node{}, g.Nodes()...), jsonEdges(g)})
}

type jsonEdge struct {
	graph.Edge
	Adds []graph.GitEntry `json:"adds,omitempty"`
}

func jsonEdges(g *graph.Graph) []jsonEdge {
	edges := g.Edges()
	list := make([]jsonEdge, len(edges))
	for i, e := range edges {
		if list[i].Edge = e; e.Kind == graph.FromGit {
			to, _ := g.Node(e.To)
			list[i].Adds = addsOf(to, e.From)
		}
	}
	return list
}
