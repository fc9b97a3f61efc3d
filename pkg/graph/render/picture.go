package render

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/modship/modship/pkg/graph"
	"github.com/modship/modship/pkg/graph/render/layout"
)

// Measures of pictures, in pixels.
const (
	nameSize    = 12.0 // font of the first line of a box
	remarkSize  = 10.0 // font of the second
	boldExtra   = 1.08 // how much wider bold is
	boxPadding  = 10.0
	boxHeight   = 26.0
	remarkExtra = 14.0 // what a second line adds
	maxName     = 38   // characters
	maxRemark   = 44
)

// picture is a graph made ready to be drawn: an input that only one image uses
// stands inside the box of that image, and all edges between two boxes are one
// line. That halves what is on the picture of a real module.
type picture struct {
	view   *view
	boxes  []pictureBox
	links  []pictureLink
	box    []int // position of a node to that of its box
	layout *layout.Layout
}

type pictureBox struct {
	node   int
	inside []int // inputs shown inside
	name   string
	remark string
}

type pictureLink struct {
	from, to int // boxes
	kinds    []graph.EdgeKind
}

func newPicture(g *graph.Graph) *picture {
	p := &picture{view: newView(g)}
	p.box = make([]int, len(p.view.nodes))
	for i := range p.view.nodes {
		if p.host(i) < 0 {
			p.box[i] = len(p.boxes)
			p.boxes = append(p.boxes, pictureBox{node: i})
		}
	}
	for i := range p.view.nodes {
		if host := p.host(i); host >= 0 {
			p.box[i] = p.box[host]
			p.boxes[p.box[i]].inside = append(p.boxes[p.box[i]].inside, i)
		}
	}
	p.link()
	sizes := make([]layout.Size, len(p.boxes))
	for i := range p.boxes {
		sizes[i] = p.label(&p.boxes[i])
	}
	edges := make([]layout.Edge, len(p.links))
	for i, l := range p.links {
		edges[i] = layout.Edge{From: l.from, To: l.to}
	}
	p.layout = layout.Layered(sizes, edges, layout.Options{})
	return p
}

// host returns the only user of an input, -1 for everything else.
func (p *picture) host(i int) int {
	v := p.view
	if !v.nodes[i].Kind.IsInput() || len(v.needs[i]) > 0 {
		return -1
	}
	users := v.users[i]
	if len(users) != 1 {
		return -1
	}
	return users[0]
}

// link makes one link of all edges between two boxes.
func (p *picture) link() {
	at := map[[2]int]int{}
	for _, e := range p.view.edges {
		ends := [2]int{p.box[e.from], p.box[e.to]}
		if ends[0] == ends[1] && e.from != e.to {
			continue // from an input inside the box
		}
		k, ok := at[ends]
		if !ok {
			k = len(p.links)
			at[ends] = k
			p.links = append(p.links, pictureLink{from: ends[0], to: ends[1]})
		}
		p.links[k].kinds = append(p.links[k].kinds, e.kind)
	}
}

// label sets the texts of a box and returns how large it must be for them.
func (p *picture) label(b *pictureBox) layout.Size {
	n := p.view.nodes[b.node]
	b.name = shorten(baseName(n), maxName)
	var parts []string
	if n.Kind != graph.Image {
		parts = append(parts, looks[lookKey(n)].title)
	}
	if n.Builder == graph.Dockerfile {
		parts = append(parts, graph.Dockerfile)
	}
	for _, i := range b.inside {
		parts = append(parts, inputName(p.view.nodes[i]))
	}
	b.remark = joinUpTo(parts, maxRemark)
	size := layout.Size{Width: textWidth(b.name, nameSize), Height: boxHeight}
	if n.Final {
		size.Width *= boldExtra
	}
	if b.remark != "" {
		size.Width = max(size.Width, textWidth(b.remark, remarkSize))
		size.Height += remarkExtra
	}
	size.Width += 2 * boxPadding
	return size
}

// tooltip says everything about a box.
func (p *picture) tooltip(b pictureBox) string {
	n := p.view.nodes[b.node]
	lines := []string{titled(n) + remarks(n)}
	if n.Ref != "" {
		lines = append(lines, n.Ref)
	}
	if n.DigestKey != "" {
		lines = append(lines, "key in images_digests.json: "+n.DigestKey)
	}
	for _, i := range b.inside {
		lines = append(lines, describeInput(p.view.nodes[i]))
	}
	for _, d := range gitDetails(n) {
		lines = append(lines, d.Label+" "+d.Text)
	}
	if len(b.inside) == 0 && n.Kind.IsInput() {
		lines[0] = describeInput(n)
	}
	return strings.Join(lines, "\n")
}

// describeInput names an input with all its paths.
func describeInput(n graph.Node) string {
	text := fmt.Sprintf("%s %s", n.Kind, cmp.Or(n.Key, n.Name))
	if n.Ref != "" && (n.Key != "" || n.Ref != n.Name) {
		text += " (" + n.Ref + ")"
	}
	if len(n.Paths) > 0 {
		text += ": " + strings.Join(n.Paths, ", ")
	}
	return text
}

// looks lists the looks that the boxes have, for a legend.
func (p *picture) looks() []string {
	nodes := make([]graph.Node, len(p.boxes))
	for i, b := range p.boxes {
		nodes[i] = p.view.nodes[b.node]
	}
	return usedLooks(nodes)
}
