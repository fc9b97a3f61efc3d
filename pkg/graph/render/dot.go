package render

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/modship/modship/pkg/graph"
)

// DOTOptions says how [DOT] writes.
type DOTOptions struct {
	Name string // name of the digraph; empty is "module"
}

// DOT writes the graph in Graphviz's language, all edges from one node to another
// as one. Node ids are ours.
func DOT(w io.Writer, g *graph.Graph, opts DOTOptions) error {
	out := bufio.NewWriter(w)
	name := opts.Name
	if name == "" {
		name = "module"
	}
	fmt.Fprintf(out, "digraph %s {\n", dotQuote(name))
	fmt.Fprintln(out, "  rankdir=LR;\n  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\", fontsize=11];")
	fmt.Fprintln(out, "  edge [color=\"#90a4ae\", fontname=\"sans-serif\", fontsize=9, arrowsize=0.7];")
	v := newView(g)
	for _, n := range v.nodes {
		l := lookOf(n)
		fmt.Fprintf(out, "  %s [label=%s, fillcolor=%q, color=%q];\n", dotQuote(n.ID), dotQuote(caption(n)), l.fill, l.line)
	}
	for _, l := range v.links() {
		style := []string{"", ", style=dashed", ", style=dotted"}[styleOf(l.kinds)]
		fmt.Fprintf(out, "  %s -> %s [label=%s%s];\n", dotQuote(v.nodes[l.from].ID), dotQuote(v.nodes[l.to].ID), dotQuote(kindsText(l.kinds)), style)
	}
	fmt.Fprintln(out, "}")
	return out.Flush()
}

// maxCaption is how many characters a label in DOT and Mermaid has at most.
const maxCaption = 60

// caption names a node in a picture without shapes of its own for the kinds:
// bundle and release image have the same name, the tag.
func caption(n graph.Node) string {
	switch {
	case n.Kind.IsArtifact():
		return shorten(string(n.Kind)+" "+n.Name, maxCaption)
	case n.Kind == graph.Git && n.Ref == "":
		return joinUpTo(strings.Split(n.Name, ","), maxCaption)
	default:
		return shorten(cmp.Or(n.Key, n.Name), maxCaption)
	}
}

// dotQuote makes a quoted DOT string: only the quote needs escaping there, and
// a backslash would start an escape of the label language.
func dotQuote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}
