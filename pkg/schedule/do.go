package schedule

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"
)

// DoOptions are the settings of [Do].
type DoOptions struct {
	// Workers is the number of tasks that may run at once, at least 1.
	Workers int
	// First, when set, reports which tasks go before all others that are ready.
	First func(id string) bool
}

// Later is the error of a task that cannot go on now: it gives its worker back
// and is called again after that time, when a worker is free. Meanwhile it
// counts as not started.
type Later struct{ After time.Duration } //nolint:errname // asks for a later run and is not a failure

// Error says when the task wants to be called again.
func (l *Later) Error() string { return fmt.Sprintf("call again in %s", l.After) }

// Do calls do for each task as soon as all tasks it needs are done and a worker
// is free. Among ready tasks, the one with the longest path to the end goes
// first, ties by id. Do returns when no task is running any more. A task that
// returns [*Later] is put off.
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
		frontier: newFrontier(net, opts.priorities(net)),
		results:  make(chan result, opts.Workers),
		again:    make(chan int, len(net.ids)),
		putOff:   map[int]*time.Timer{},
		started:  make([]int, len(net.ids)),
		span:     make([]Span, len(net.ids)),
		run:      &Run{Workers: opts.Workers, Started: time.Now()},
	}
	return s.run, s.loop(ctx)
}

// priorities are those of the network, with First before all others.
func (o DoOptions) priorities(net *network) []time.Duration {
	list := net.priorities()
	if o.First == nil || len(list) == 0 {
		return list
	}
	before := slices.Max(list) + 1
	for i, id := range net.ids {
		if o.First(id) {
			list[i] += before
		}
	}
	return list
}

type scheduler struct {
	net      *network
	opts     DoOptions
	do       func(ctx context.Context, id string) error
	frontier *frontier
	results  chan result         // room for each running task, so that none ever blocks
	again    chan int            // tasks that were put off and want to go on; room for all
	putOff   map[int]*time.Timer // tasks that were put off
	running  int
	stopping bool
	cancel   context.CancelCauseFunc
	starts   int
	started  []int  // by task: the number of its start, 0 = not started
	span     []Span // by task
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
			s.span[i].Ready = s.run.Started
		}
	}
	interrupted := outer.Done()
	for {
		if outer.Err() != nil {
			s.stopping = true
		}
		s.startReady(ctx)
		if s.running == 0 && (s.stopping || len(s.putOff) == 0) {
			break
		}
		select {
		case r := <-s.results:
			s.finish(r)
		case task := <-s.again:
			delete(s.putOff, task)
			s.frontier.push(task)
		case <-interrupted:
			interrupted = nil // once is enough; the tasks see it through ctx
		}
	}
	s.run.Finished = time.Now()
	for _, timer := range s.putOff {
		timer.Stop()
	}
	s.record()
	return newError(s.net, s.run, context.Cause(outer))
}

// record enters what was and was not done into the run.
func (s *scheduler) record() {
	order := make([]int, s.starts)
	for i, start := range s.started {
		if start == 0 {
			s.run.NotRun = append(s.run.NotRun, s.net.ids[i])
			continue
		}
		order[start-1] = i + 1
	}
	for _, task := range order {
		if task > 0 { // else that start was put off
			s.run.Spans = append(s.run.Spans, s.span[task-1])
		}
	}
}

// startReady gives ready tasks to free workers.
func (s *scheduler) startReady(ctx context.Context) {
	for !s.stopping && s.running < s.opts.Workers {
		task, ok := s.frontier.next()
		if !ok {
			return
		}
		id := s.net.ids[task]
		s.span[task].ID, s.span[task].Start = id, time.Now()
		s.starts, s.running = s.starts+1, s.running+1
		s.started[task] = s.starts
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
	if later, ok := errors.AsType[*Later](r.err); ok {
		s.started[r.task] = 0
		s.putOff[r.task] = time.AfterFunc(later.After, func() { s.again <- r.task })
		return
	}
	span := &s.span[r.task]
	span.End, span.Err = r.end, r.err
	if r.err != nil {
		s.stopping = true
		s.cancel(&stoppedError{id: span.ID, err: r.err})
		return
	}
	for _, task := range s.frontier.done(r.task) {
		s.span[task].Ready = r.end
	}
}
