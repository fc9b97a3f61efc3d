package schedule

import (
	"slices"
	"strings"
)

// CycleError is the error of tasks that need each other in a circle: there is
// no order in which they can be done.
type CycleError struct {
	IDs []string // each is needed by the next, the last by the first; the smallest is first
}

// Error names the tasks of the circle, the first one again at the end.
func (e *CycleError) Error() string {
	circle := slices.Concat(e.IDs, e.IDs[:min(1, len(e.IDs))])
	return "these tasks need each other in a circle: " + strings.Join(circle, " -> ")
}
