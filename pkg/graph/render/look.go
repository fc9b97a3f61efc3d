package render

import "github.com/modship/modship/pkg/graph"

// remarkColor is the colour of texts that say less than names. Its contrast
// with every fill is at least 4.5:1, as WCAG 2.2 asks of small text (1.4.3).
const remarkColor = "#455a64"

// lineColor is the colour of lines; 3:1 is enough for anything but text (1.4.11).
const lineColor = "#78909c"

// look is how a node kind looks in pictures: the same colours everywhere.
type look struct {
	fill, line string // colours of the shape
	title      string // what the kind is called in a legend
	plural     string
}

// looks has an entry for each kind, and two for images.
var looks = map[string]look{
	string(graph.Base):         {"#eceff1", "#78909c", "base image", "base images"},
	string(graph.Git):          {"#fff8e1", "#c9a227", "git files", "sets of git files"},
	string(graph.File):         {"#fff8e1", "#c9a227", "context files", "sets of context files"},
	string(graph.Image):        {"#ffffff", "#90a4ae", "image", "images"},
	"final":                    {"#e3f2fd", "#1e78c8", "final image", "final images"},
	string(graph.Bundle):       {"#e8f5e9", "#2e8b57", "bundle", "bundles"},
	string(graph.Release):      {"#e8f5e9", "#2e8b57", "release", "releases"},
	string(graph.Registration): {"#f3e5f5", "#8e44ad", "registration", "registrations"},
	string(graph.Channel):      {"#f3e5f5", "#8e44ad", "channel", "channels"},
	string(graph.Workload):     {"#fbe9e7", "#d84315", "workload", "workloads"},
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

// lineStyle is how edges are drawn by what flows along them.
type lineStyle struct {
	class string // of the SVG element
	dash  string // SVG dash pattern, "" = solid
	title string // in a legend
}

// lineStyles are the styles in the order of a legend. An edge of several kinds
// has the first style among theirs.
var lineStyles = []lineStyle{
	{"e", "", "files"},
	{"e thin", "5 3", "name or digest only (dashed)"},
	{"e tag", "2 2", "published as (dotted)"},
}

// styleOf returns the position in lineStyles of the style for these kinds.
func styleOf(kinds []graph.EdgeKind) int {
	style := len(lineStyles) - 1
	for _, k := range kinds {
		switch k {
		case graph.Tag:
		case graph.Dependency, graph.Digest, graph.RunsIn:
			style = min(style, 1)
		default:
			style = 0
		}
	}
	return style
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
