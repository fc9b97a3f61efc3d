package projectfile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/modship/modship/pkg/graph"
)

// Problem is a place in modship.yaml that is wrong.
type Problem struct {
	Line, Column int // from 1; 0 where it is not known
	Message      string
}

// String returns the problem as file:line:column: message, which editors and
// CI systems turn into links.
func (p Problem) String() string {
	switch {
	case p.Line == 0:
		return fmt.Sprintf("%s: %s", FileName, p.Message)
	case p.Column == 0:
		return fmt.Sprintf("%s:%d: %s", FileName, p.Line, p.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s", FileName, p.Line, p.Column, p.Message)
}

// Error reports that modship.yaml does not follow the schema.
type Error struct {
	Problems []Problem // at least one, in order of the file
}

func newError(problems []Problem) *Error {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(a.Line-b.Line, a.Column-b.Column, strings.Compare(a.Message, b.Message))
	})
	return &Error{Problems: slices.Compact(problems)}
}

// Error lists the problems, one a line.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// expected ends a sentence about a word that is not one of the candidates: with
// the one that was most likely meant, else with all of them.
func expected(word string, candidates []string) string {
	if near, ok := graph.Near(word, candidates); ok {
		return fmt.Sprintf(": did you mean %q?", near)
	}
	return ": expected one of " + strings.Join(candidates, ", ")
}
