package render

import (
	"slices"
	"strings"

	"github.com/modship/modship/pkg/graph"
)

// link is all edges from one node to another: pictures show them as one line.
type link struct {
	from, to int
	kinds    []graph.EdgeKind
}

// links returns the links of the view, sorted by their ends.
func (v *view) links() []link {
	var list []link
	for _, e := range v.edges {
		if n := len(list); n > 0 && list[n-1].from == e.from && list[n-1].to == e.to {
			list[n-1].kinds = append(list[n-1].kinds, e.kind)
			continue
		}
		list = append(list, link{e.from, e.to, []graph.EdgeKind{e.kind}})
	}
	return list
}

// kindsText joins the kinds of a link. An image whose digest is wanted is always
// a dependency too, so that is left out.
func kindsText(kinds []graph.EdgeKind) string {
	var names []string
	for _, k := range kinds {
		if k != graph.Dependency || !slices.Contains(kinds, graph.Digest) {
			names = append(names, string(k))
		}
	}
	return strings.Join(names, "+")
}
