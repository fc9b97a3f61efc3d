package progress

import (
	"fmt"
	"regexp"
	"strings"
)

// Fold returns the lines between which a log viewer folds text under a title.
type Fold func(title string) (before, after string)

// folds keeps the logs of tasks until the tasks end: tasks run at the same time,
// and a viewer folds lines that follow each other. The log of an image is split
// into its stages. A nil *folds keeps nothing.
type folds struct {
	fold Fold
	logs map[string][]*part
}

// part is a stretch of a task's log.
type part struct {
	title string
	lines []string
	more  int // lines that were left out
	ended bool
}

// maxPart bounds the memory of a log, and what a viewer has to show.
const maxPart = 2000

func newFolds(fold Fold) *folds {
	if fold == nil {
		return nil
	}
	return &folds{fold: fold, logs: map[string][]*part{}}
}

var (
	// stageLine matches werf's first and last line about a stage.
	stageLine = regexp.MustCompile(`^Building stage (\S+)( \([0-9.]+ seconds\)( FAILED)?)?$`)
	// imageLine matches werf's lines about the image as a whole, which the
	// display has its own for.
	imageLine = regexp.MustCompile(`\(\d+/\d+\) image \S+( \([0-9.]+ seconds\)( FAILED)?)?$`)
)

// add takes a line of a task's log.
func (f *folds) add(id, line string) {
	if f == nil || line == "" || imageLine.MatchString(line) {
		return
	}
	parts := f.logs[id]
	if len(parts) == 0 || parts[len(parts)-1].ended {
		parts = append(parts, &part{})
	}
	last := parts[len(parts)-1]
	switch match := stageLine.FindStringSubmatch(line); {
	case match == nil:
		last.add(line)
	case match[2] == "": // a stage begins
		last.ended = true
		parts = append(parts, &part{title: match[1]})
	default:
		last.title, last.ended = match[1]+match[2], true
	}
	f.logs[id] = parts
}

func (p *part) add(line string) {
	if len(p.lines) == maxPart {
		p.more++
		return
	}
	p.lines = append(p.lines, line)
}

// take returns the log of a task, folded, and forgets it.
func (f *folds) take(id, name string) string {
	if f == nil {
		return ""
	}
	var b strings.Builder
	for _, p := range f.logs[id] {
		if len(p.lines) == 0 {
			continue
		}
		title := p.title
		if title == "" {
			title = name
		}
		before, after := f.fold(title)
		b.WriteString(before)
		for _, line := range p.lines {
			b.WriteString(line + "\n")
		}
		if p.more > 0 {
			fmt.Fprintf(&b, "… (lines left out: %d)\n", p.more)
		}
		b.WriteString(after)
	}
	delete(f.logs, id)
	return b.String()
}
