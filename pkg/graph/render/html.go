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

// HTML writes the graph as one page that needs nothing else, not even a network:
// it can be panned, zoomed and searched, and a click on an image shows what it
// needs and what needs it. A graph that is too large to be read begins as groups,
// see [SVG]. The address of the page takes an id: graph.html#image:controller.
func HTML(w io.Writer, g *graph.Graph, opts HTMLOptions) error {
	p := newPicture(newView(g))
	p.place()
	var drawing, groups strings.Builder
	p.draw(&drawing)
	data := p.data()
	overview, o := p.grouped()
	if overview != nil {
		overview.place()
		overview.draw(&groups)
		data.Overview = overview.overviewData(o, p)
	}
	return htmlPage.Execute(w, htmlData{
		Title:   cmp.Or(opts.Title, "Module graph"),
		Summary: Summary(g),
		Legend:  legendEntries(p, overview),
		Lines:   p.lineEntries(),
		Arrows:  map[string]string{"arrow": lineColor, "arrow-needs": "#1e78c8", "arrow-users": "#d9730d"}, // as in graph.css
		Style:   template.CSS(asset("page.css") + pictureStyle() + asset("graph.css")),
		Picture: template.HTML(drawing.String()),
		Groups:  template.HTML(groups.String()), GroupTitle: groupTitle,
		Data:   data,
		Script: template.JS(asset("graph.js")),
	})
}

var htmlPage = template.Must(template.New("graph").Parse(asset("graph.html")))

// htmlData is what the page is filled with. Style, Picture, Groups and Script
// are ours: texts of the module are escaped when the picture is drawn.
type htmlData struct {
	Title, Summary string
	Legend         []legendEntry
	Lines          []lineEntry
	Arrows         map[string]string // id to colour
	Style          template.CSS
	Picture        template.HTML
	Groups         template.HTML // "" when the picture is small enough to be read
	GroupTitle     string
	Data           pageData
	Script         template.JS
}

type legendEntry struct{ Fill, Line, Title string }

// legendEntries are those of all pictures of the page; nil is none.
func legendEntries(pictures ...*picture) []legendEntry {
	var nodes []graph.Node
	for _, p := range pictures {
		if p != nil {
			nodes = append(nodes, p.drawn()...)
		}
	}
	var entries []legendEntry
	for _, key := range usedLooks(nodes) {
		entries = append(entries, legendEntry{looks[key].fill, looks[key].line, looks[key].title})
	}
	return entries
}

type lineEntry struct{ Class, Title string }

func (p *picture) lineEntries() []lineEntry {
	var entries []lineEntry
	for _, i := range p.styles() {
		entries = append(entries, lineEntry{lineStyles[i].class, lineStyles[i].title})
	}
	return entries
}
