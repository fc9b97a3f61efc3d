package render

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/modship/modship/pkg/graph"
)

// legend shows the looks and line styles that are on the picture.
func (p *picture) legend(w io.Writer) {
	x, y := svgMargin, svgMargin+24
	for _, key := range p.looks() {
		fmt.Fprintf(w, `<g class="n %s" transform="translate(%.1f %.1f)"><rect width="22" height="13" rx="3"/><text class="legend" x="28" y="10.5">%s</text></g>`+"\n", key, x, y, looks[key].title)
		x += 28 + textWidth(looks[key].title, 11) + 20
	}
	if p.titles != nil {
		fmt.Fprintf(w, `<g class="n image" transform="translate(%.1f %.1f)"><rect class="stack" x="3" y="-3" width="22" height="13" rx="3"/><rect width="22" height="13" rx="3"/><text class="legend" x="32" y="10.5">%s</text></g>`+"\n", x, y, groupTitle)
		x += 32 + textWidth(groupTitle, 11) + 20
	}
	for _, i := range p.styles() {
		l := lineStyles[i]
		fmt.Fprintf(w, `<path class="%s" d="M%.1f %.1fh30"/><text class="legend" x="%.1f" y="%.1f">%s</text>`+"\n", l.class, x, y+6.5, x+36, y+10.5, l.title)
		x += 36 + textWidth(l.title, 11) + 20
	}
}

// groupTitle is what a group is called in a legend.
const groupTitle = "several of a kind"

// looks lists the looks that the boxes have, for a legend.
func (p *picture) looks() []string { return usedLooks(p.drawn()) }

// drawn returns the nodes that have boxes of their own.
func (p *picture) drawn() []graph.Node {
	nodes := make([]graph.Node, len(p.boxes))
	for i, b := range p.boxes {
		nodes[i] = p.view.nodes[b.node]
	}
	return nodes
}

// styles lists the positions in lineStyles of the styles that the links have.
func (p *picture) styles() []int {
	used := map[int]bool{}
	for _, l := range p.links {
		used[styleOf(l.kinds)] = true
	}
	return slices.Sorted(maps.Keys(used))
}
