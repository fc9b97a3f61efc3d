package graph

// look is how a node kind looks in pictures: the same colours everywhere.
type look struct {
	fill, line string // colours of the shape
	title      string // what the kind is called in a legend
}

// looks has an entry for each kind, and two for images.
var looks = map[string]look{
	string(Base):         {"#eceff1", "#78909c", "base image"},
	string(Git):          {"#fff8e1", "#c9a227", "git files"},
	string(File):         {"#fff8e1", "#c9a227", "context files"},
	string(Image):        {"#ffffff", "#90a4ae", "image"},
	"final":              {"#e3f2fd", "#1e78c8", "final image"},
	string(Bundle):       {"#e8f5e9", "#2e8b57", "bundle"},
	string(Release):      {"#e8f5e9", "#2e8b57", "release"},
	string(Registration): {"#f3e5f5", "#8e44ad", "registration"},
	string(Channel):      {"#f3e5f5", "#8e44ad", "channel"},
}

// lookKey names the entry of looks for a node.
func lookKey(n Node) string {
	if n.Kind == Image && n.Final {
		return "final"
	}
	return string(n.Kind)
}

// lookOf returns the look of a node; an unknown kind looks like an image.
func lookOf(n Node) look {
	if l, ok := looks[lookKey(n)]; ok {
		return l
	}
	return looks[string(Image)]
}

// dash says how an edge kind is drawn: "" solid, else an SVG dash pattern.
func dash(k EdgeKind) string {
	switch k {
	case Dependency, Digest:
		return "5 3"
	case Tag:
		return "2 2"
	default:
		return ""
	}
}

// usedLooks lists the looks that the nodes have, in the order of a legend.
func usedLooks(nodes []Node) []string {
	used := map[string]bool{}
	for _, n := range nodes {
		used[lookKey(n)] = true
	}
	var keys []string
	for _, k := range NodeKinds() {
		if used[string(k)] {
			keys = append(keys, string(k))
		}
		if k == Image && used["final"] {
			keys = append(keys, "final")
		}
	}
	return keys
}
