package schedule

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"
)

// DoOptions are the settings of [Do].
type DoOptions struct {
	// Workers is the number of tasks that may run at once, at least 1.
	Workers int
	// OnStart, when set, is called before a task is started. The calls come one
	// at a time from the goroutine that called Do and hold up the schedule.
	OnStart func(id string)
}

// Do calls do for each task as soon as all tasks it needs are done and a worker
// is free. Among ready tasks, the one with the longest path to the end goes
// first, ties by id. Do returns when no task is running any more.
//
// The first task that fails or panics cancels the context of the others, with
// a cause that names it, and no further task is started; so does the end of
// ctx. The error is then an [*Error]. The run is returned in either case; it is
// nil only if the tasks are invalid: an id is missing or used twice, or they
// form a cycle (a [*CycleError]).
func Do(ctx context.Context, tasks []Task, opts DoOptions, do func(ctx context.Context, id string) error) (*Run, error) {
	net, err := newNetwork(tasks)
	if err != nil {
		return nil, err
	}
	if opts.Workers < 1 {
		return nil, fmt.Errorf("schedule: %d workers can do nothing: at least 1 is needed", opts.Workers)
	}
	s := &scheduler{
		net: net, opts: opts, do: do,
		frontier: newFrontier(net, net.priorities()),
		results:  make(chan result, opts.Workers),
		span:     make([]int, len(net.ids)),
		ready:    make([]time.Time, len(net.ids)),
		run:      &Run{Workers: opts.Workers, Started: time.Now()},
	}
	return s.run, s.loop(ctx)
}

type scheduler struct {
	net      *network
	opts     DoOptions
	do       func(ctx context.Context, id string) error
	frontier *frontier
	results  chan result // room for each running task, so that none ever blocks
	running  int
	stopping bool
	cancel   context.CancelCauseFunc
	span     []int       // 1 + position in run.Spans, 0 = not started
	ready    []time.Time // when it became ready
	run      *Run
}

type result struct {
	task int
	end  time.Time
	err  error
}

func (s *scheduler) loop(outer context.Context) error {
	ctx, cancel := context.WithCancelCause(outer)
	defer cancel(nil)
	s.cancel = cancel
	for i := range s.net.ids {
		if s.frontier.waits[i] == 0 {
			s.ready[i] = s.run.Started
		}
	}
	interrupted := outer.Done()
	for {
		if outer.Err() != nil {
			s.stopping = true
		}
		s.startReady(ctx)
		if s.running == 0 {
			break
		}
		select {
		case r := <-s.results:
			s.finish(r)
		case <-interrupted:
			interrupted = nil // once is enough; the tasks see it through ctx
		}
	}
	s.run.Finished = time.Now()
	for i, started := range s.span {
		if started == 0 {
			s.run.NotRun = append(s.run.NotRun, s.net.ids[i])
		}
	}
	return newError(s.net, s.run, context.Cause(outer))
}

// startReady gives the free workers what is ready.
func (s *scheduler) startReady(ctx context.Context) {
	for !s.stopping && s.running < s.opts.Workers {
		task, ok := s.frontier.next()
		if !ok {
			return
		}
		id := s.net.ids[task]
		if s.opts.OnStart != nil {
			s.opts.OnStart(id)
		}
		s.run.Spans = append(s.run.Spans, Span{ID: id, Ready: s.ready[task], Start: time.Now()})
		s.span[task] = len(s.run.Spans)
		s.running++
		go func() {
			err := errGoexit
			defer func() {
				if v := recover(); v != nil {
					err = &PanicError{Value: v, Stack: debug.Stack()}
				}
				s.results <- result{task, time.Now(), err}
			}()
			err = s.do(ctx, id)
		}()
	}
}

func (s *scheduler) finish(r result) {
	s.running--
	span := &s.run.Spans[s.span[r.task]-1]
	span.End, span.Err = r.end, r.err
	if r.err != nil {
		s.stopping = true
		s.cancel(&stoppedError{id: span.ID, err: r.err})
		return
	}
	for _, task := range s.frontier.done(r.task) {
		s.ready[task] = r.end
	}
}
