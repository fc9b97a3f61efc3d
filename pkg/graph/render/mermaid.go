package render

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/modship/modship/pkg/graph"
)

// Mermaid writes the graph as a Mermaid flowchart, which GitHub and GitLab
// draw inside Markdown. Mermaid's own ids allow few characters, so nodes are
// called n0, n1, … in the order of their ids.
func Mermaid(w io.Writer, g *graph.Graph) error {
	out := bufio.NewWriter(w)
	v := newView(g)
	fmt.Fprintln(out, "flowchart LR")
	for _, kind := range usedLooks(v.nodes) {
		fmt.Fprintf(out, "  classDef %s fill:%s,stroke:%s,color:#263238\n", kind, looks[kind].fill, looks[kind].line)
	}
	for i, n := range v.nodes {
		open, shut := mermaidShape(n.Kind)
		fmt.Fprintf(out, "  n%d%s\"%s\"%s:::%s\n", i, open, mermaidText(caption(n)), shut, lookKey(n))
	}
	for _, e := range v.edges {
		arrow := "-->"
		if dash(e.kind) != "" {
			arrow = "-.->"
		}
		fmt.Fprintf(out, "  n%d %s|%s| n%d\n", e.from, arrow, e.kind, e.to)
	}
	return out.Flush()
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
