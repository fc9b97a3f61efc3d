package schedule

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// errGoexit is how a task ends that takes its goroutine with it.
var errGoexit = errors.New("the task ended its goroutine without returning")

// PanicError is a panic of a task.
type PanicError struct {
	Value any
	Stack []byte // where it happened, as of [runtime/debug.Stack]
}

// Error says what was panicked with, without the stack.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// stoppedError is the cause seen by tasks that are cancelled because of another
// one. A task that returns it was cancelled: the failure is not its own.
type stoppedError struct {
	id  string
	err error
}

func (e *stoppedError) Error() string {
	return fmt.Sprintf("canceled because %s failed: %v", e.id, e.err)
}

func (e *stoppedError) Unwrap() error { return context.Canceled }

// Error says how a schedule ended early.
type Error struct {
	Failed   map[string]error    // tasks that failed for a reason of their own
	Canceled []string            // tasks that were running and gave up because of a failure or of Cause; sorted
	NotRun   map[string][]string // tasks that were not started, with the failed tasks they need, directly or not: sorted, and empty when they only were not reached any more
	Cause    error               // why the context given to [Do] ended; nil when it did not
}

// newError returns nil when everything was done.
func newError(net *network, run *Run, cause error) error {
	e := &Error{Failed: map[string]error{}, NotRun: map[string][]string{}}
	for _, s := range run.Spans {
		switch {
		case s.Err == nil:
		case errors.Is(s.Err, context.Canceled) || cause != nil && errors.Is(s.Err, cause):
			e.Canceled = append(e.Canceled, s.ID)
		default:
			e.Failed[s.ID] = s.Err
		}
	}
	if len(e.Failed)+len(e.Canceled)+len(run.NotRun) == 0 {
		return nil
	}
	e.Cause = cause
	slices.Sort(e.Canceled)
	e.explain(net, run)
	return e
}

// explain fills in NotRun.
func (e *Error) explain(net *network, run *Run) {
	missing := make(map[string]bool, len(run.NotRun))
	for _, id := range run.NotRun {
		missing[id] = true
	}
	for _, i := range net.order { // needs come first, so theirs are complete
		id := net.ids[i]
		if !missing[id] {
			continue
		}
		var because []string
		for _, need := range net.needs[i] {
			because = append(because, e.NotRun[net.ids[need]]...)
			if _, failed := e.Failed[net.ids[need]]; failed {
				because = append(because, net.ids[need])
			}
		}
		e.NotRun[id] = sorted(because)
	}
}

// Error names what failed, or why it was interrupted, and how much was left.
func (e *Error) Error() string {
	var parts []string
	for _, id := range slices.Sorted(maps.Keys(e.Failed)) {
		parts = append(parts, fmt.Sprintf("%s: %v", id, e.Failed[id]))
	}
	switch {
	case len(parts) > 0:
	case e.Cause != nil:
		parts = append(parts, fmt.Sprintf("interrupted: %v", e.Cause))
	default:
		parts = append(parts, fmt.Sprintf("%s gave up", strings.Join(e.Canceled, ", ")))
	}
	text := strings.Join(parts, "; ")
	if left := len(e.Canceled) + len(e.NotRun); left > 0 {
		text += fmt.Sprintf(" (%d more not done because of it)", left)
	}
	return text
}

// Unwrap returns the errors of the failed tasks in the order of their ids, and
// the cause when the schedule was interrupted from outside.
func (e *Error) Unwrap() []error {
	var errs []error
	for _, id := range slices.Sorted(maps.Keys(e.Failed)) {
		errs = append(errs, e.Failed[id])
	}
	if e.Cause != nil {
		errs = append(errs, e.Cause)
	}
	return errs
}
