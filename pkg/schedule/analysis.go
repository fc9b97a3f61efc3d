package schedule

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Analysis says where the time of a run went.
type Analysis struct {
	Run  *Run
	Wall time.Duration // from the start of the run to its end
	Work time.Duration // all tasks added up

	// The critical path is the chain of tasks that made the run as long as it
	// was: from the task that ended last back to the need it waited for
	// longest, and so on. Wall = OnPath + Waiting + Overhead.
	Path     []Step
	OnPath   time.Duration // tasks of the path running
	Waiting  time.Duration // tasks of the path ready, but all workers busy
	Overhead time.Duration // the rest: before the first, between, after the last

	LongestPath time.Duration // by the measured durations: the wall time with a worker for every task
	LowerBound  time.Duration // no schedule is faster with these durations and so many workers, see [LowerBound]
}

// Step is a task on the critical path.
type Step struct {
	ID       string
	Wait     time.Duration // ready, but without a worker
	Duration time.Duration // running
	Share    float64       // Duration as a part of the wall time, 0 to 1
}

// Analyze works out where the time of a run went. The tasks are those that were
// scheduled. Tasks that were not run do not count.
func Analyze(run *Run, tasks []Task) (*Analysis, error) {
	if run == nil {
		return nil, errors.New("analyze: there is no run")
	}
	needs := make(map[string][]string, len(tasks))
	for _, t := range tasks {
		needs[t.ID] = t.Needs
	}
	spans := make(map[string]Span, len(run.Spans))
	for _, s := range run.Spans {
		if _, ok := needs[s.ID]; !ok {
			return nil, fmt.Errorf("analyze: the run has %q, which is not among its tasks", s.ID)
		}
		spans[s.ID] = s
	}
	a := &Analysis{Run: run, Wall: run.Wall()}
	measured := make([]Task, 0, len(spans))
	for _, s := range run.Spans {
		a.Work += s.Duration()
		ran := slices.DeleteFunc(slices.Clone(needs[s.ID]), func(id string) bool { _, ok := spans[id]; return !ok })
		measured = append(measured, Task{ID: s.ID, Needs: ran, Weight: s.Duration()})
	}
	if err := a.bounds(measured); err != nil {
		return nil, err
	}
	a.walk(spans, needs)
	return a, nil
}

func (a *Analysis) bounds(measured []Task) error {
	net, err := newNetwork(measured)
	if err != nil {
		return err
	}
	if len(measured) == 0 {
		return nil
	}
	a.LongestPath = slices.Max(net.priorities())
	a.LowerBound, err = LowerBound(measured, a.Run.Workers)
	return err
}

// walk finds the critical path.
func (a *Analysis) walk(spans map[string]Span, needs map[string][]string) {
	all := make([]string, 0, len(spans))
	for _, s := range a.Run.Spans {
		all = append(all, s.ID)
	}
	for id, ok := lastToEnd(all, spans); ok; id, ok = lastToEnd(needs[id], spans) {
		s := spans[id]
		step := Step{ID: id, Wait: s.Wait(), Duration: s.Duration()}
		if a.Wall > 0 {
			step.Share = float64(step.Duration) / float64(a.Wall)
		}
		a.Path = append(a.Path, step)
		a.OnPath += step.Duration
		a.Waiting += step.Wait
	}
	slices.Reverse(a.Path)
	a.Overhead = a.Wall - a.OnPath - a.Waiting
}

// lastToEnd returns which of the tasks ended last, of several the smallest id;
// false when none of them was run.
func lastToEnd(ids []string, spans map[string]Span) (string, bool) {
	last, found := "", false
	for _, id := range ids {
		s, ok := spans[id]
		if !ok {
			continue
		}
		if d := s.End.Compare(spans[last].End); !found || d > 0 || d == 0 && id < last {
			last, found = id, true
		}
	}
	return last, found
}

// Parallelism is how many tasks ran at once on average.
func (a *Analysis) Parallelism() float64 { return ratio(a.Work, a.Wall) }

// Efficiency is the lower bound as a part of the wall time: 1 = no schedule
// could have been faster.
func (a *Analysis) Efficiency() float64 { return ratio(a.LowerBound, a.Wall) }

func ratio(part, whole time.Duration) float64 {
	if whole <= 0 {
		return 0
	}
	return float64(part) / float64(whole)
}
