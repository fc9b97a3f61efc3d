package schedule

import (
	"fmt"
	"time"
)

// SimulateOptions says how [Simulate] works.
type SimulateOptions struct {
	Workers   int                      // at least 1
	Durations map[string]time.Duration // how long tasks really take, where that differs from the weights they are ordered by
	FIFO      bool                     // first ready, first served, instead of the longest way first
}

// Simulate works out what [Do] would do if each task took its weight,
// without waiting for anything. The run starts at the zero of Unix time.
func Simulate(tasks []Task, opts SimulateOptions) (*Run, error) {
	net, err := newNetwork(tasks)
	if err != nil {
		return nil, err
	}
	if opts.Workers < 1 {
		return nil, fmt.Errorf("simulate: %d workers can do nothing: at least 1 is needed", opts.Workers)
	}
	var priority []time.Duration
	if !opts.FIFO {
		priority = net.priorities()
	}
	s := simulation{net: net, duration: durations(net, opts.Durations), ready: make([]time.Duration, len(net.ids))}
	return s.list(newFrontier(net, priority), opts.Workers), nil
}

// durations returns the real duration of each task.
func durations(net *network, known map[string]time.Duration) []time.Duration {
	list := make([]time.Duration, len(net.ids))
	for i, id := range net.ids {
		list[i] = net.weight[i]
		if d, ok := known[id]; ok {
			list[i] = d
		}
	}
	return list
}

type simulation struct {
	net      *network
	duration []time.Duration
	ready    []time.Duration
	spans    []Span
}

// list is list scheduling: a free worker takes what the frontier hands out.
func (s *simulation) list(f *frontier, workers int) *Run {
	var now time.Duration
	running := queue[ending]{before: ending.before}
	for {
		for len(running.items) < workers {
			task, ok := f.next()
			if !ok {
				break
			}
			s.span(task, now)
			running.push(ending{now + s.duration[task], task})
		}
		if len(running.items) == 0 {
			return s.run(workers, now)
		}
		first := running.pop()
		now = first.at
		for _, task := range f.done(first.task) {
			s.ready[task] = now
		}
	}
}

func (s *simulation) span(task int, start time.Duration) {
	at := func(d time.Duration) time.Time { return time.Unix(0, int64(d)).UTC() }
	s.spans = append(s.spans, Span{ID: s.net.ids[task], Ready: at(s.ready[task]), Start: at(start), End: at(start + s.duration[task])})
}

func (s *simulation) run(workers int, end time.Duration) *Run {
	return &Run{Workers: workers, Started: time.Unix(0, 0).UTC(), Finished: time.Unix(0, int64(end)).UTC(), Spans: s.spans}
}

// ending says when a running task ends.
type ending struct {
	at   time.Duration
	task int
}

// before orders by time, ties by id.
func (e ending) before(other ending) bool {
	return e.at < other.at || e.at == other.at && e.task < other.task
}
