package chart

import (
	"regexp"
	"strings"
)

// A marked chart has a mark at the end of the lines of its templates, which
// comes out where the line does. It finds the line of a template that an object
// was rendered from; a chart is rendered with marks only where that is asked.
//
// A mark is two characters of the private use area, which YAML and JSON print
// as they are.
const (
	markBase  = 0xE000
	markRange = 0x1900
)

var (
	marks        = regexp.MustCompile(`[\x{E000}-\x{F8FF}]{2}`)
	escapedMarks = regexp.MustCompile(`(?:\\u[ef][0-9a-f]{3}){2}`) // as quote prints them
)

// marker numbers the lines of all templates.
type marker struct{ places []Place }

// Place is a line of a template of the module.
type Place struct {
	File string // path below the module's root
	Line int    // from 1, or 0 if not known
}

// mark returns a template with marks.
func (m *marker) mark(file, text string) string {
	var b strings.Builder
	line, lineStart := 1, 0
	for i := 0; i < len(text); i++ {
		if strings.HasPrefix(text[i:], "{{") {
			end := actionEnd(text, i)
			line += strings.Count(text[i:end], "\n")
			b.WriteString(text[i:end])
			i = end - 1
			continue
		}
		if text[i] == '\n' {
			if isMarkable(text[lineStart:i]) {
				b.WriteString(m.next(Place{File: file, Line: line}))
			}
			line, lineStart = line+1, i+1
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// isMarkable reports whether a mark may follow a line of a template: it must
// not become part of a word that a template compares, nor stand where white
// space is trimmed.
func isMarkable(line string) bool {
	line = strings.TrimRight(line, " \t\r")
	return !strings.HasSuffix(line, "-}}") && (strings.Contains(line, ":") || strings.HasPrefix(strings.TrimLeft(line, " "), "- "))
}

func (m *marker) next(place Place) string {
	n := len(m.places)
	if n >= markRange*markRange {
		return ""
	}
	m.places = append(m.places, place)
	return string([]rune{rune(markBase + n/markRange), rune(markBase + n%markRange)})
}

// place returns the place that a mark stands for.
func (m *marker) place(mark string) (Place, bool) {
	runes := []rune(mark)
	n := int(runes[0]-markBase)*markRange + int(runes[1]-markBase)
	if n >= len(m.places) {
		return Place{}, false
	}
	return m.places[n], true
}

// read returns the place of each line of a rendered text, given the same text
// with marks. Where the two differ, the next lines that agree go on. A line
// without a mark, such as one that lib-helm wrote, has the place of the line
// before it.
func (m *marker) read(plain, marked string) []Place {
	markedLines := strings.Split(marked, "\n")
	var places []Place
	var last Place
	next := 0
	for line := range strings.SplitSeq(plain, "\n") {
		for ahead := next; ahead < min(next+maxAhead, len(markedLines)); ahead++ {
			if unmark(markedLines[ahead]) != line {
				continue
			}
			if found := marks.FindAllString(markedLines[ahead], -1); len(found) > 0 {
				if place, ok := m.place(found[len(found)-1]); ok {
					last = place
				}
			}
			next = ahead + 1
			break
		}
		places = append(places, last)
	}
	return places
}

// maxAhead bounds how far read looks for a line that agrees.
const maxAhead = 40

func unmark(line string) string {
	return escapedMarks.ReplaceAllString(marks.ReplaceAllString(line, ""), "")
}

// actionEnd returns the end of the action that begins at start.
func actionEnd(text string, start int) int {
	inner := strings.TrimLeft(strings.TrimPrefix(text[start+2:], "-"), " \t\r\n")
	if strings.HasPrefix(inner, "/*") {
		if end := strings.Index(text[start:], "*/"); end >= 0 {
			start += end
		}
	}
	for i := start + 2; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"' || c == '\'' || c == '`':
			i += quotedLength(text[i:]) - 1
		case strings.HasPrefix(text[i:], "}}"):
			return i + 2
		}
	}
	return len(text)
}
