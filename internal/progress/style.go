package progress

import (
	"strings"

	"github.com/mattn/go-runewidth"
)

// The attributes used, as the numbers of ANSI's SGR sequence.
const (
	bold  = "1"
	dim   = "2"
	red   = "31"
	green = "32"
)

// style paints text, or does not.
type style struct{ color bool }

func (s style) paint(attribute, text string) string {
	if !s.color || attribute == "" {
		return text
	}
	return "\x1b[" + attribute + "m" + text + "\x1b[0m"
}

// fit cuts a line to so many columns and returns how many it has then. SGR
// sequences take no column and are kept, so that no colour leaks.
func fit(line string, width int) (string, int) {
	var b strings.Builder
	columns, full := 0, false
	for line != "" {
		if seq := escapes.FindString(line); seq != "" && strings.HasPrefix(line, seq) {
			b.WriteString(seq)
			line = line[len(seq):]
			continue
		}
		text := line
		if next := escapes.FindStringIndex(line); next != nil {
			text = line[:next[0]]
		}
		line = line[len(text):]
		if full {
			continue
		}
		if size := runewidth.StringWidth(text); columns+size > width {
			full = true
			text = runewidth.Truncate(text, max(0, width-columns), "…")
		}
		b.WriteString(text)
		columns += runewidth.StringWidth(text)
	}
	return b.String(), columns
}
