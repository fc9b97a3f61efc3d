package render

import (
	"cmp"
	"slices"
	"strings"

	"github.com/modship/modship/pkg/graph"
)

// pageData is what the script of the page knows.
type pageData struct {
	Width  float64    `json:"width"`
	Height float64    `json:"height"`
	Boxes  []pageBox  `json:"boxes"`
	Links  []pageLink `json:"links"`
	// Overview is what the page begins with, nil for graphs that can be read.
	Overview *pageOverview `json:"overview,omitempty"`
}

type pageBox struct {
	ID      string         `json:"id"`
	Kind    graph.NodeKind `json:"kind"`
	Name    string         `json:"name"`
	Title   string         `json:"title"`
	Details []pageDetail   `json:"details,omitempty"`
	Rect    pageRect       `json:"rect"`
}

type pageDetail struct {
	Label string `json:"label"`
	Text  string `json:"text"`
}

type pageRect struct {
	X      float64 `json:"x"`
	Y      float64 `json:"y"`
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
}

type pageLink struct {
	From  int              `json:"from"`
	To    int              `json:"to"`
	Kinds []graph.EdgeKind `json:"kinds"`
}

func (p *picture) data() pageData {
	d := pageData{Width: p.layout.Size.Width, Height: p.layout.Size.Height, Boxes: []pageBox{}, Links: []pageLink{}}
	for i, b := range p.boxes {
		n, r := p.view.nodes[b.node], p.layout.Boxes[i]
		d.Boxes = append(d.Boxes, pageBox{
			ID: n.ID, Kind: n.Kind, Name: cmp.Or(n.Key, n.Name), Title: looks[lookKey(n)].title,
			Details: p.details(b),
			Rect:    pageRect{r.X, r.Y, r.Width, r.Height},
		})
	}
	for _, l := range p.links {
		d.Links = append(d.Links, pageLink{l.from, l.to, l.kinds})
	}
	return d
}

// details lists what there is to know about a box.
func (p *picture) details(b pictureBox) []pageDetail {
	n := p.view.nodes[b.node]
	var list []pageDetail
	add := func(label, text string) {
		if text != "" {
			list = append(list, pageDetail{label, text})
		}
	}
	add("key", n.Key)
	add("reference", n.Ref)
	add("builder", n.Builder)
	add("platforms", strings.Join(n.Platforms, ", "))
	add("key in images_digests.json", n.DigestKey)
	add("paths", strings.Join(n.Paths, ", "))
	for _, i := range b.inside {
		add(looks[string(p.view.nodes[i].Kind)].title, describeInput(p.view.nodes[i]))
	}
	return append(list, gitDetails(n)...)
}

// pageOverview is the picture of groups.
type pageOverview struct {
	Width  float64     `json:"width"`
	Height float64     `json:"height"`
	Groups []pageGroup `json:"groups"`
}

// pageGroup is a box of the overview.
type pageGroup struct {
	Name    string   `json:"name"`
	Title   string   `json:"title"`
	Members []int    `json:"members"` // boxes of the whole picture, each once
	Rect    pageRect `json:"rect"`
}

// overviewData describes the boxes of p, an overview of the picture whole.
func (p *picture) overviewData(o *overview, whole *picture) *pageOverview {
	d := &pageOverview{Width: p.layout.Size.Width, Height: p.layout.Size.Height}
	for i, b := range p.boxes {
		n, r := p.view.nodes[b.node], p.layout.Boxes[i]
		g := pageGroup{Name: n.Name, Title: cmp.Or(o.titles[b.node], looks[lookKey(n)].title), Rect: pageRect{r.X, r.Y, r.Width, r.Height}}
		for _, node := range append([]int{b.node}, b.inside...) {
			for _, member := range o.members[node] {
				g.Members = append(g.Members, whole.box[member])
			}
		}
		slices.Sort(g.Members)
		g.Members = slices.Compact(g.Members)
		d.Groups = append(d.Groups, g)
	}
	return d
}
