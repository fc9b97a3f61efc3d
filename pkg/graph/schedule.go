package graph

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"
)

// ScheduleOptions says how [Schedule] works. The functions may be nil; they are
// called one at a time, from the goroutine that called Schedule, and hold up
// the schedule while they run.
type ScheduleOptions struct {
	Workers int                        // how many tasks may run at once, at least 1
	OnReady func(id string)            // everything it needs is done
	OnStart func(id string)            // it gets a worker now
	OnDone  func(id string, err error) // it ended
}

// Schedule calls do for each task as soon as all tasks it needs are done and a
// worker is free: of those that are ready, the one with the longest way to the
// end first, ties by id. It returns when nothing runs any more.
//
// The first task that fails (or panics) cancels the context of the others, with
// a cause that tells about it, and no further task is started; so does the end
// of ctx. The error then is a [*ScheduleError]. A run is returned in either case;
// it is nil only when the tasks themselves are wrong: an id that is there twice
// or missing, or a cycle.
func Schedule(ctx context.Context, tasks []Task, opts ScheduleOptions, do func(ctx context.Context, id string) error) (*Run, error) {
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
	opts     ScheduleOptions
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
			s.becomesReady(i, s.run.Started)
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
	return newScheduleError(s.net, s.run, context.Cause(outer))
}

func (s *scheduler) becomesReady(task int, now time.Time) {
	s.ready[task] = now
	if s.opts.OnReady != nil {
		s.opts.OnReady(s.net.ids[task])
	}
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
	if s.opts.OnDone != nil {
		s.opts.OnDone(span.ID, r.err)
	}
	if r.err != nil {
		s.stopping = true
		s.cancel(&stoppedError{id: span.ID, err: r.err})
		return
	}
	ready := s.frontier.done(r.task)
	if s.stopping {
		return
	}
	slices.Sort(ready)
	for _, task := range ready {
		s.becomesReady(task, r.end)
	}
}
