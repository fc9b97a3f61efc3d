package schedule

import (
	"slices"
	"time"
)

// SimulateShardsOptions says how [SimulateShards] works.
type SimulateShardsOptions struct {
	ShardOptions
	// Durations is how long tasks really take, where that differs from the
	// weights they are ordered by.
	Durations map[string]time.Duration
	// Parts are the ids that each machine does, as of [Split]. Without them there
	// are no fixed parts: whichever machine has a free worker takes the ready task
	// with the longest way to the end.
	Parts [][]string
}

// ShardRun is what a run on several machines came to.
type ShardRun struct {
	Wall time.Duration
	Busy []time.Duration // by machine: tasks and transfers, all workers added up
	// Waits is the number of needs that were done on another machine.
	Waits int
}

// SimulateShards works out how long the tasks take on several machines that work
// at the same time. A task begins when all it needs is done, wherever that was.
func SimulateShards(tasks []Task, opts SimulateShardsOptions) (*ShardRun, error) {
	net, err := newNetwork(tasks)
	if err != nil {
		return nil, err
	}
	if err := opts.check(); err != nil {
		return nil, err
	}
	s := shardSimulation{
		net: net, opts: opts, priority: net.priorities(), takes: durations(net, opts.Durations),
		free: make([]int, opts.Shards), done: make([]int, len(net.ids)), run: &ShardRun{Busy: make([]time.Duration, opts.Shards)},
	}
	for m := range s.free {
		s.free[m] = opts.Workers
	}
	s.own(opts.Parts)
	s.loop()
	return s.run, nil
}

const anyMachine = -1

type shardSimulation struct {
	net      *network
	opts     SimulateShardsOptions
	priority []time.Duration
	takes    []time.Duration
	part     []int // by task: the machine that has to do it, or anyMachine
	free     []int // workers, by machine
	done     []int // by task: the machine that did it
	run      *ShardRun
}

func (s *shardSimulation) own(parts [][]string) {
	s.part = make([]int, len(s.net.ids))
	for i := range s.part {
		s.part[i] = anyMachine
	}
	for m, ids := range parts {
		for _, id := range ids {
			if at, ok := slices.BinarySearch(s.net.ids, id); ok && m < s.opts.Shards {
				s.part[at] = m
			}
		}
	}
}

// ended says when a task ends, and where it ran.
type ended struct {
	ending
	machine int
}

func (s *shardSimulation) loop() {
	waits := make([]int, len(s.net.ids))
	var ready []int // sorted: the longest way to the end first
	add := func(task int) {
		at, _ := slices.BinarySearchFunc(ready, task, s.compare)
		ready = slices.Insert(ready, at, task)
	}
	for i, needs := range s.net.needs {
		if waits[i] = len(needs); waits[i] == 0 {
			add(i)
		}
	}
	running := queue[ended]{before: func(a, b ended) bool { return a.before(b.ending) }}
	for now := time.Duration(0); ; {
		ready = slices.DeleteFunc(ready, func(task int) bool {
			m := s.machineFor(task)
			if m == anyMachine {
				return false
			}
			s.free[m]--
			running.push(ended{ending{now + s.start(task, m), task}, m})
			return true
		})
		if len(running.items) == 0 {
			s.run.Wall = now
			return
		}
		first := running.pop()
		now = first.at
		s.done[first.task], s.free[first.machine] = first.machine, s.free[first.machine]+1
		for _, user := range s.net.users[first.task] {
			if waits[user]--; waits[user] == 0 {
				add(user)
			}
		}
	}
}

func (s *shardSimulation) compare(a, b int) int {
	switch {
	case s.priority[a] > s.priority[b]:
		return -1
	case s.priority[a] < s.priority[b]:
		return 1
	default:
		return a - b
	}
}

// machineFor returns a machine that may start the task now, or anyMachine when
// none has a free worker.
func (s *shardSimulation) machineFor(task int) int {
	if m := s.part[task]; m != anyMachine {
		if s.free[m] > 0 {
			return m
		}
		return anyMachine
	}
	return slices.IndexFunc(s.free, func(n int) bool { return n > 0 })
}

// start counts a task that machine m starts, and returns how long it takes.
func (s *shardSimulation) start(task, m int) time.Duration {
	takes, remote := s.takes[task], 0
	for _, need := range s.net.needs[task] {
		if s.done[need] != m {
			remote++
		}
	}
	if remote > 0 {
		takes += s.opts.Transfer
	}
	s.run.Waits += remote
	s.run.Busy[m] += takes
	return takes
}
