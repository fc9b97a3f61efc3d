package render

import (
	"cmp"
	"embed"
	"html/template"
	"io"
	"strings"

	"github.com/modship/modship/pkg/graph"
)

//go:embed assets
var assets embed.FS

// asset returns the text of a file that is part of the program.
func asset(name string) string {
	data, err := assets.ReadFile("assets/" + name)
	if err != nil {
		panic(err) // it is embedded
	}
	return string(data)
}

// HTMLOptions says how [HTML] writes.
type HTMLOptions struct {
	Title string // of the page; empty = "Module graph"
}

// HTML writes the graph as one page that needs nothing else, not even a
// network: it can be panned, zoomed and searched, and a click on an image shows
// what it needs and what needs it. The address of the page takes an id:
// graph.html#image:controller.
func HTML(w io.Writer, g *graph.Graph, opts HTMLOptions) error {
	p := newPicture(g)
	var drawing strings.Builder
	p.draw(&drawing)
	return htmlPage.Execute(w, htmlData{
		Title:   cmp.Or(opts.Title, "Module graph"),
		Summary: Summary(g),
		Legend:  p.legendEntries(),
		Arrows:  map[string]string{"arrow-needs": "#1e78c8", "arrow-users": "#d9730d"}, // as in graph.css
		Style:   template.CSS(asset("page.css") + pictureStyle() + asset("graph.css")),
		Picture: template.HTML(drawing.String()),
		Data:    p.data(),
		Script:  template.JS(asset("graph.js")),
	})
}

var htmlPage = template.Must(template.New("graph").Parse(asset("graph.html")))

// htmlData is what the page is filled with. Style, Picture and Script are ours:
// texts of the module are escaped when the picture is drawn.
type htmlData struct {
	Title, Summary string
	Legend         []legendEntry
	Arrows         map[string]string // id to colour
	Style          template.CSS
	Picture        template.HTML
	Data           pageData
	Script         template.JS
}

type legendEntry struct{ Fill, Line, Title string }

func (p *picture) legendEntries() []legendEntry {
	var entries []legendEntry
	for _, key := range p.looks() {
		entries = append(entries, legendEntry{looks[key].fill, looks[key].line, looks[key].title})
	}
	return entries
}

// pageData is what the script of the page knows.
type pageData struct {
	Width  float64    `json:"width"`
	Height float64    `json:"height"`
	Boxes  []pageBox  `json:"boxes"`
	Links  []pageLink `json:"links"`
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
