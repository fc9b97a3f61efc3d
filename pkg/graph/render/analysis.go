package render

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/modship/modship/pkg/schedule"
)

// AnalysisOptions says how an analysis is written.
type AnalysisOptions struct {
	Title  string          // of a page; empty = "Build timeline"
	Reused map[string]bool // ids of tasks that found nothing to do
}

// leastShare is the part of the wall time from which a step of the critical
// path is worth a line.
const leastShare = 0.01

// leastWall is the wall time from which a run's critical path is shown.
const leastWall = time.Second

// Analysis writes an analysis as a few lines for a terminal: totals, the
// critical path, how the wall time was spent, and the lower bound. Of a run that
// did not complete, or took less than a second, it writes the totals only.
func Analysis(w io.Writer, a *schedule.Analysis, opts AnalysisOptions) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "%s in %s on %d workers, %.1f busy on average\n", totals(a.Run, opts.Reused), schedule.FormatDuration(a.Wall), a.Run.Workers, a.Parallelism())
	if !completed(a.Run) || a.Wall < leastWall {
		return out.Flush()
	}
	fmt.Fprintf(out, "critical path: %s running, %s waiting for a worker, %s between\n", schedule.FormatDuration(a.OnPath), schedule.FormatDuration(a.Waiting), schedule.FormatDuration(a.Overhead))
	var small time.Duration
	hidden := 0
	for _, s := range a.Path {
		if s.Share < leastShare {
			small, hidden = small+s.Duration, hidden+1
			continue
		}
		wait := ""
		if s.Wait >= 100*time.Millisecond {
			wait = fmt.Sprintf("  after %s of waiting", schedule.FormatDuration(s.Wait))
		}
		fmt.Fprintf(out, "  %7s %3.0f%%  %s%s\n", schedule.FormatDuration(s.Duration), 100*s.Share, nameOf(s.ID), wait)
	}
	if hidden > 0 {
		fmt.Fprintf(out, "  %7s       %d more, each below %.0f%%\n", schedule.FormatDuration(small), hidden, 100*leastShare)
	}
	fmt.Fprintf(out, "lower bound: no order takes less than %s with %d workers, nor less than %s with any number\n", schedule.FormatDuration(a.LowerBound), a.Run.Workers, schedule.FormatDuration(a.LongestPath))
	return out.Flush()
}

// completed reports whether every task of a run ended well.
func completed(run *schedule.Run) bool {
	return len(run.NotRun) == 0 && !slices.ContainsFunc(run.Spans, func(s schedule.Span) bool { return s.Err != nil })
}

// totals counts how the tasks of a run ended.
func totals(run *schedule.Run, reused map[string]bool) string {
	count := map[schedule.State]int{}
	for _, s := range run.Spans {
		count[endState(s, reused)]++
	}
	var parts []string
	for _, state := range []schedule.State{schedule.Built, schedule.Reused, schedule.Failed, schedule.Canceled} {
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
func endState(s schedule.Span, reused map[string]bool) schedule.State {
	switch {
	case errors.Is(s.Err, context.Canceled):
		return schedule.Canceled
	case s.Err != nil:
		return schedule.Failed
	case reused[s.ID]:
		return schedule.Reused
	default:
		return schedule.Built
	}
}

// lanes gives each span a worker, 0 and up: which one ran it is not recorded,
// and it makes no difference. Spans are in the order of their starts.
func lanes(run *schedule.Run) []int {
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
