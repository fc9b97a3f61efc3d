package render

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/modship/modship/pkg/graph"
	"github.com/modship/modship/pkg/graph/render/layout"
)

// SVGOptions says how [SVG] writes.
type SVGOptions struct {
	Title string // above the picture; empty = none
}

// Margins of an SVG picture, in pixels.
const (
	svgMargin = 24.0
	svgHeader = 56.0
)

// SVG draws the graph with dependencies on the left and their dependents on the right.
// It needs no program but this one, and no font or file to be looked at. Of a
// graph that is too large to be read it draws groups, by kind and by the first
// part of the names.
func SVG(w io.Writer, g *graph.Graph, opts SVGOptions) error {
	p := newPicture(newView(g))
	if groups, _ := p.grouped(); groups != nil {
		p = groups
	}
	p.place()
	out := bufio.NewWriter(w)
	width := max(p.layout.Size.Width, 640) + 2*svgMargin
	height := p.layout.Size.Height + 2*svgMargin + svgHeader
	fmt.Fprintf(out, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f">`+"\n", width, height, width, height)
	fmt.Fprintf(out, "<style>%s</style>\n", pictureStyle())
	fmt.Fprintln(out, `<defs><marker id="arrow" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0.8L8 4L0 7.2z" fill="`+lineColor+`"/></marker></defs>`)
	fmt.Fprintln(out, `<rect width="100%" height="100%" fill="#fff"/>`)
	title := opts.Title
	if title == "" {
		title = Summary(g)
	}
	fmt.Fprintf(out, `<text class="title" x="%.0f" y="%.0f">%s</text>`+"\n", svgMargin, svgMargin+6, escape(title))
	p.legend(out)
	fmt.Fprintf(out, `<g transform="translate(%.0f %.0f)">`+"\n", svgMargin, svgMargin+svgHeader)
	p.draw(out)
	fmt.Fprintln(out, "</g>\n</svg>")
	return out.Flush()
}

// pictureStyle is the style sheet of the picture, from the looks of the kinds.
func pictureStyle() string {
	var b strings.Builder
	b.WriteString("text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;fill:#263238}" +
		".title{font-size:16px;font-weight:600}.legend{font-size:11px}" +
		".n text{font-size:12px}.n .r{font-size:10px;fill:" + remarkColor + "}.n rect{stroke-width:1.2}.n.final .b{font-weight:600}" +
		".e{fill:none;stroke:" + lineColor + ";stroke-width:1.1;marker-end:url(#arrow)}.n .stack{fill:#fff}")
	for _, l := range lineStyles {
		if l.dash != "" {
			fmt.Fprintf(&b, ".%s{stroke-dasharray:%s}", strings.ReplaceAll(l.class, " ", "."), l.dash)
		}
	}
	for _, k := range append(graph.NodeKinds(), "final") {
		l := looks[string(k)]
		fmt.Fprintf(&b, ".%s rect{fill:%s;stroke:%s}", k, l.fill, l.line)
	}
	return b.String()
}

// draw writes the links and boxes as SVG elements. Their positions in the lists
// are in data attributes, for scripts: l and b, of groups k and g.
func (p *picture) draw(w io.Writer) {
	mark := "l"
	if p.titles != nil {
		mark = "k"
	}
	for i, l := range p.links {
		if d := pathData(p.layout.Routes[i]); d != "" {
			fmt.Fprintf(w, `<path class="%s" data-%s="%d" d="%s"/>`+"\n", lineStyles[styleOf(l.kinds)].class, mark, i, d)
		}
	}
	for i, b := range p.boxes {
		p.drawBox(w, i, b)
	}
}

func (p *picture) drawBox(w io.Writer, i int, b pictureBox) {
	box, n, mark := p.layout.Boxes[i], p.view.nodes[b.node], "b"
	radius := 5.0
	if n.Kind.IsArtifact() {
		radius = 13
	}
	if p.titles != nil {
		mark = "g"
	}
	fmt.Fprintf(w, `<g class="n %s" data-%s="%d" transform="translate(%.1f %.1f)"><title>%s</title>`,
		escape(lookKey(n)), mark, i, box.X, box.Y, escape(p.tooltip(b)))
	if p.title(b.node) != "" {
		fmt.Fprintf(w, `<rect class="stack" x="4" y="-4" width="%.1f" height="%.1f" rx="%.0f"/>`, box.Width, box.Height, radius)
	}
	fmt.Fprintf(w, `<rect width="%.1f" height="%.1f" rx="%.0f"/>`, box.Width, box.Height, radius)
	fmt.Fprintf(w, `<text class="b" x="%.0f" y="17">%s</text>`, boxPadding, escape(b.name))
	if b.remark != "" {
		fmt.Fprintf(w, `<text class="r" x="%.0f" y="31.5">%s</text>`, boxPadding, escape(b.remark))
	}
	fmt.Fprintln(w, "</g>")
}

// pathData draws a route: curves across the gaps, straight lines through columns.
func pathData(route []layout.Point) string {
	if len(route) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "M%.1f %.1f", route[0].X, route[0].Y)
	for k := 1; k < len(route); k++ {
		from, to := route[k-1], route[k]
		switch {
		case k%2 == 0:
			fmt.Fprintf(&b, "H%.1f", to.X)
		case from.Y-to.Y < 0.5 && to.Y-from.Y < 0.5:
			fmt.Fprintf(&b, "L%.1f %.1f", to.X, to.Y)
		default:
			middle := (from.X + to.X) / 2
			fmt.Fprintf(&b, "C%.1f %.1f %.1f %.1f %.1f %.1f", middle, from.Y, middle, to.Y, to.X, to.Y)
		}
	}
	return b.String()
}

// escape makes text safe inside SVG and HTML elements and attributes.
func escape(s string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		return "" // a strings.Builder does not fail
	}
	return b.String()
}
