package render

import (
	"github.com/modship/modship/pkg/graph/render/layout"
)

// picture is a graph made ready to be drawn: an input that only one image uses
// stands inside the box of that image, and all edges between two boxes are one
// line. That halves the size of a real module's picture.
type picture struct {
	view   *view
	titles []string // of nodes that are groups, see [overview]; nil when none is
	boxes  []pictureBox
	links  []link // between boxes
	box    []int  // position of a node to that of its box
	layout *layout.Layout
}

type pictureBox struct {
	node   int
	inside []int // inputs shown inside
	name   string
	remark string
}

// newPicture makes the boxes and links of a picture; place must follow.
func newPicture(v *view) *picture {
	p := &picture{view: v, box: make([]int, len(v.nodes))}
	for i := range v.nodes {
		if p.host(i) < 0 {
			p.box[i] = len(p.boxes)
			p.boxes = append(p.boxes, pictureBox{node: i})
		}
	}
	for i := range v.nodes {
		if host := p.host(i); host >= 0 {
			p.box[i] = p.box[host]
			p.boxes[p.box[i]].inside = append(p.boxes[p.box[i]].inside, i)
		}
	}
	p.link()
	return p
}

// grouped returns an overview picture of p, or nil when p is small
// enough to be read.
func (p *picture) grouped() (*picture, *overview) {
	if len(p.boxes) <= largePicture {
		return nil, nil
	}
	o := newOverview(p.view)
	groups := newPicture(o.view)
	groups.titles = o.titles
	return groups, o
}

// place chooses the texts of the boxes and lays them out.
func (p *picture) place() {
	sizes := make([]layout.Size, len(p.boxes))
	for i := range p.boxes {
		sizes[i] = p.label(&p.boxes[i])
	}
	edges := make([]layout.Edge, len(p.links))
	for i, l := range p.links {
		edges[i] = layout.Edge{From: l.from, To: l.to}
	}
	p.layout = layout.Layered(sizes, edges, layout.Options{})
}

// title describes the members of a group node; it is "" for other nodes.
func (p *picture) title(node int) string {
	if p.titles == nil {
		return ""
	}
	return p.titles[node]
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
			p.links = append(p.links, link{from: ends[0], to: ends[1]})
		}
		p.links[k].kinds = append(p.links[k].kinds, e.kind)
	}
}
