package graph

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// AnalysisOptions says how an analysis is written.
type AnalysisOptions struct {
	Title  string          // of a page; empty = "Build timeline"
	Reused map[string]bool // ids of tasks that found nothing to do
}

// leastShare is the part of the wall time from which a step of the critical
// path is worth a line.
const leastShare = 0.01

// WriteAnalysis writes an analysis as a few lines for a terminal: totals, the
// critical path, what the wall time was spent on, and the lower bound.
func WriteAnalysis(w io.Writer, a *Analysis, opts AnalysisOptions) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "%s in %s on %d workers, %.1f busy on average\n", totals(a.Run, opts.Reused), FormatDuration(a.Wall), a.Run.Workers, a.Parallelism())
	fmt.Fprintf(out, "critical path: %s running, %s waiting for a worker, %s between\n", FormatDuration(a.OnPath), FormatDuration(a.Waiting), FormatDuration(a.Overhead))
	var small time.Duration
	hidden := 0
	for _, s := range a.Path {
		if s.Share < leastShare {
			small, hidden = small+s.Duration, hidden+1
			continue
		}
		wait := ""
		if s.Wait >= 100*time.Millisecond {
			wait = fmt.Sprintf("  after %s of waiting", FormatDuration(s.Wait))
		}
		fmt.Fprintf(out, "  %7s %3.0f%%  %s%s\n", FormatDuration(s.Duration), 100*s.Share, nameOf(s.ID), wait)
	}
	if hidden > 0 {
		fmt.Fprintf(out, "  %7s       %d more, each below %.0f%%\n", FormatDuration(small), hidden, 100*leastShare)
	}
	fmt.Fprintf(out, "lower bound: no order takes less than %s with %d workers, nor less than %s with any number\n", FormatDuration(a.LowerBound), a.Run.Workers, FormatDuration(a.LongestPath))
	return out.Flush()
}

// totals counts how the tasks of a run ended.
func totals(run *Run, reused map[string]bool) string {
	count := map[State]int{}
	for _, s := range run.Spans {
		count[endState(s, reused)]++
	}
	var parts []string
	for _, state := range []State{Built, Reused, Failed, Canceled} {
		if count[state] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count[state], state))
		}
	}
	if len(run.NotRun) > 0 {
		parts = append(parts, fmt.Sprintf("%d not started", len(run.NotRun)))
	}
	if len(parts) == 0 {
		return "nothing done"
	}
	return strings.Join(parts, ", ")
}

// endState is the state in which a task ended.
func endState(s Span, reused map[string]bool) State {
	switch {
	case errors.Is(s.Err, context.Canceled):
		return Canceled
	case s.Err != nil:
		return Failed
	case reused[s.ID]:
		return Reused
	default:
		return Built
	}
}

// lanes gives each span a worker, 0 and up: which one ran it is not recorded,
// and it makes no difference. Spans are in the order of their starts.
func lanes(run *Run) []int {
	var free []time.Time // when each worker is free again
	list := make([]int, len(run.Spans))
	for i, s := range run.Spans {
		lane := slices.IndexFunc(free, func(t time.Time) bool { return !t.After(s.Start) })
		if lane < 0 {
			lane = len(free)
			free = append(free, time.Time{})
		}
		free[lane], list[i] = s.End, lane
	}
	return list
}
