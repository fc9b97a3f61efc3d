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

// DOT writes the graph in Graphviz's language. Node ids are ours.
func DOT(w io.Writer, g *graph.Graph, opts DOTOptions) error {
	out := bufio.NewWriter(w)
	name := opts.Name
	if name == "" {
		name = "module"
	}
	fmt.Fprintf(out, "digraph %s {\n", dotQuote(name))
	fmt.Fprintln(out, "  rankdir=LR;\n  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\", fontsize=11];")
	fmt.Fprintln(out, "  edge [color=\"#90a4ae\", fontname=\"sans-serif\", fontsize=9, arrowsize=0.7];")
	for _, n := range g.Nodes() {
		l := lookOf(n)
		fmt.Fprintf(out, "  %s [label=%s, fillcolor=%q, color=%q];\n", dotQuote(n.ID), dotQuote(caption(n)), l.fill, l.line)
	}
	for _, e := range g.Edges() {
		style := ""
		if dash(e.Kind) != "" {
			style = ", style=dashed"
		}
		fmt.Fprintf(out, "  %s -> %s [label=%s%s];\n", dotQuote(e.From), dotQuote(e.To), dotQuote(string(e.Kind)), style)
	}
	fmt.Fprintln(out, "}")
	return out.Flush()
}

// caption names a node in a picture without shapes of its own for the kinds:
// bundle and release image have the same name, the tag.
func caption(n graph.Node) string {
	if n.Kind.IsArtifact() {
		return string(n.Kind) + " " + n.Name
	}
	return cmp.Or(n.Key, n.Name)
}

// dotQuote makes a quoted DOT string: only the quote needs escaping there, and
// a backslash would start an escape of the label language.
func dotQuote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}
