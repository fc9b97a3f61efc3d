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

// label sets the texts of a box and returns how large it must be for them.
func (p *picture) label(b *pictureBox) layout.Size {
	n := p.view.nodes[b.node]
	b.name = shorten(baseName(n), maxName)
	var parts []string
	switch title := p.title(b.node); {
	case title == n.Name:
	case title != "":
		parts = append(parts, title)
	case n.Kind != graph.Image:
		parts = append(parts, looks[lookKey(n)].title)
	}
	if n.Builder == graph.Dockerfile {
		parts = append(parts, graph.Dockerfile)
	}
	for _, i := range b.inside {
		parts = append(parts, p.insideName(i))
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

// insideName names an input, or a group of them, that stands inside a box.
func (p *picture) insideName(i int) string {
	if title := p.title(i); title != "" {
		return title
	}
	return inputName(p.view.nodes[i])
}

// tooltip says everything about a box.
func (p *picture) tooltip(b pictureBox) string {
	n := p.view.nodes[b.node]
	if title := p.title(b.node); title != "" {
		return joinLines(n.Name, title)
	}
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

// joinLines joins two lines, or leaves it at one when they are the same.
func joinLines(first, second string) string {
	if first == second {
		return first
	}
	return first + "\n" + second
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
