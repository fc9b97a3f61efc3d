package render

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/modship/modship/pkg/graph"
)

// What GitHub and GitLab draw of a Mermaid text: the defaults of maxEdges and
// maxTextSize, which a text cannot raise (Mermaid's configuration schema).
const (
	MermaidMaxEdges      = 500
	MermaidMaxCharacters = 50_000
)

// MermaidSize is how large a Mermaid text is.
type MermaidSize struct{ Edges, Characters int }

// TooLarge reports whether GitHub and GitLab refuse to draw the text.
func (s MermaidSize) TooLarge() bool {
	return s.Edges > MermaidMaxEdges || s.Characters > MermaidMaxCharacters
}

// String describes the limit that the text exceeds.
func (s MermaidSize) String() string {
	return fmt.Sprintf("%d edges and %d characters, and GitHub draws up to %d and %d", s.Edges, s.Characters, MermaidMaxEdges, MermaidMaxCharacters)
}

// Mermaid writes the graph as a Mermaid flowchart, which GitHub and GitLab draw
// inside Markdown, all edges from one node to another as one. Mermaid's own ids
// allow few characters, so nodes are called n0, n1, … in the order of their ids.
// A text that is too large to be drawn says so in its first line; the closure
// of one image is smaller, see [graph.Graph.Closure].
func Mermaid(w io.Writer, g *graph.Graph) (MermaidSize, error) {
	v, links := newView(g), 0
	var out bytes.Buffer
	fmt.Fprintln(&out, "flowchart LR")
	for _, kind := range usedLooks(v.nodes) {
		fmt.Fprintf(&out, "  classDef %s fill:%s,stroke:%s,color:#263238\n", kind, looks[kind].fill, looks[kind].line)
	}
	for i, n := range v.nodes {
		open, shut := mermaidShape(n.Kind)
		fmt.Fprintf(&out, "  n%d%s\"%s\"%s:::%s\n", i, open, mermaidText(caption(n)), shut, lookKey(n))
	}
	for _, l := range v.links() {
		arrow := "-->"
		if styleOf(l.kinds) > 0 {
			arrow = "-.->"
		}
		fmt.Fprintf(&out, "  n%d %s|%s| n%d\n", l.from, arrow, kindsText(l.kinds), l.to)
		links++
	}
	size := MermaidSize{Edges: links, Characters: utf8.RuneCount(out.Bytes())}
	if size.TooLarge() {
		fmt.Fprintf(w, "%%%% Too large to be drawn on GitHub: %s.\n", size)
	}
	_, err := w.Write(out.Bytes())
	return size, err
}

func mermaidShape(k graph.NodeKind) (open, shut string) {
	switch {
	case k == graph.Base:
		return "[(", ")]"
	case k.IsInput():
		return "[/", "/]"
	case k.IsArtifact():
		return "([", "])"
	default:
		return "[", "]"
	}
}

// mermaidText escapes by Mermaid's entity codes (#quot; and the like), also
// what would make the label Markdown.
func mermaidText(s string) string {
	return strings.NewReplacer("#", "#35;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "`", "#96;", "*", "#42;", "\n", " ").Replace(s)
}
