package render

import "github.com/modship/modship/pkg/graph"

// look is how a node kind looks in pictures: the same colours everywhere.
type look struct {
	fill, line string // colours of the shape
	title      string // what the kind is called in a legend
}

// looks has an entry for each kind, and two for images.
var looks = map[string]look{
	string(graph.Base):         {"#eceff1", "#78909c", "base image"},
	string(graph.Git):          {"#fff8e1", "#c9a227", "git files"},
	string(graph.File):         {"#fff8e1", "#c9a227", "context files"},
	string(graph.Image):        {"#ffffff", "#90a4ae", "image"},
	"final":                    {"#e3f2fd", "#1e78c8", "final image"},
	string(graph.Bundle):       {"#e8f5e9", "#2e8b57", "bundle"},
	string(graph.Release):      {"#e8f5e9", "#2e8b57", "release"},
	string(graph.Registration): {"#f3e5f5", "#8e44ad", "registration"},
	string(graph.Channel):      {"#f3e5f5", "#8e44ad", "channel"},
}

// lookKey names the entry of looks for a node.
func lookKey(n graph.Node) string {
	if n.Kind == graph.Image && n.Final {
		return "final"
	}
	return string(n.Kind)
}

// lookOf returns the look of a node; an unknown kind looks like an image.
func lookOf(n graph.Node) look {
	if l, ok := looks[lookKey(n)]; ok {
		return l
	}
	return looks[string(graph.Image)]
}

// dash says how an edge kind is drawn: "" solid, else an SVG dash pattern.
func dash(k graph.EdgeKind) string {
	switch k {
	case graph.Dependency, graph.Digest:
		return "5 3"
	case graph.Tag:
		return "2 2"
	default:
		return ""
	}
}

// usedLooks lists the looks that the nodes have, in the order of a legend.
func usedLooks(nodes []graph.Node) []string {
	used := map[string]bool{}
	for _, n := range nodes {
		used[lookKey(n)] = true
	}
	var keys []string
	for _, k := range graph.NodeKinds() {
		if used[string(k)] {
			keys = append(keys, string(k))
		}
		if k == graph.Image && used["final"] {
			keys = append(keys, "final")
		}
	}
	return keys
}
