package render

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/modship/modship/pkg/graph"
)

// The ANSI attributes used.
const (
	bold = "1"
	dim  = "2"
)

func (t *tree) paint(attribute, s string) string {
	if !t.opts.Color || s == "" {
		return s
	}
	return "\x1b[" + attribute + "m" + s + "\x1b[0m"
}

func (t *tree) line(i int, lead, how string, elsewhere []string, inputs []int) {
	n := t.view.nodes[i]
	name := titled(n)
	used := utf8.RuneCountInString(lead + name)
	if n.Final || n.Kind.IsArtifact() {
		name = t.paint(bold, name)
	}
	text := t.paint(dim, lead)
	if how != "" {
		text += t.paint(dim, how+" ")
		used += utf8.RuneCountInString(how) + 1
	}
	text += name
	if remark := remarks(n); remark != "" {
		text += t.paint(dim, remark)
		used += utf8.RuneCountInString(remark)
	}
	fmt.Fprintln(t.out, strings.TrimRight(text+t.paint(dim, t.rest(i, elsewhere, inputs, used)), " "))
}

// titled is the name of a node, with its kind unless that is an image.
func titled(n graph.Node) string {
	if n.Kind == graph.Image {
		return n.Name
	}
	return string(n.Kind) + " " + n.Name
}

// remarks lists an image's unusual properties, in brackets.
func remarks(n graph.Node) string {
	var list []string
	if n.Kind == graph.Image && n.Final {
		list = append(list, "final")
	}
	if n.Builder == graph.Dockerfile {
		list = append(list, graph.Dockerfile)
	}
	list = append(list, n.Platforms...)
	if len(list) == 0 {
		return ""
	}
	return " (" + strings.Join(list, ", ") + ")"
}

// maxInput is how many characters of the name of an input are shown.
const maxInput = 48

// rest names what else node i needs, as much as fits behind the columns used.
func (t *tree) rest(i int, elsewhere []string, inputs []int, used int) string {
	items := slices.Clone(elsewhere)
	for _, need := range inputs {
		input := t.view.nodes[need]
		item := shorten(inputName(input), maxInput)
		if watched := watchers(t.view.nodes[i], input.ID); t.opts.Watched && watched != "" {
			item += " [" + shorten(watched, maxInput) + "]"
		}
		items = append(items, item)
	}
	const mark, more = "  ← ", 9 // room for ", 99 more"
	text := ""
	for k, item := range items {
		sep := ", "
		if k == 0 {
			sep = mark
		}
		size := used + utf8.RuneCountInString(text+sep+item)
		if t.opts.Width > 0 && (size > t.opts.Width || k < len(items)-1 && size+more > t.opts.Width) {
			return text + fmt.Sprintf("%s%d more", sep, len(items)-k)
		}
		text += sep + item
	}
	return text
}

// baseName is the key of a base image, else as much of its reference as can be
// read.
func baseName(n graph.Node) string { return cmp.Or(n.Key, shortRef(n.Name)) }

// inputName names an input in few characters.
func inputName(n graph.Node) string {
	if n.Kind == graph.Base {
		return baseName(n)
	}
	return string(n.Kind) + " " + n.Name
}
