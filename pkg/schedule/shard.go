package schedule

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// ShardOptions says on what a set of tasks is spread.
type ShardOptions struct {
	Shards  int // machines, at least 1
	Workers int // of each machine, at least 1
	// Transfer is what a task takes longer when something it needs was done on
	// another machine.
	Transfer time.Duration
}

func (o ShardOptions) check() error {
	if o.Shards < 1 || o.Workers < 1 {
		return fmt.Errorf("shards: %d machines with %d workers can do nothing: at least 1 of each is needed", o.Shards, o.Workers)
	}
	return nil
}

// slacks are how much longer than the lower bound Split lets parts take so that
// fewer tasks wait for other machines; 0 is no slack at all.
var slacks = []float64{0, 1, 1.03, 1.06, 1.1, 1.2}

// worthwhile is how much longer a division may take than the fastest one for
// the sake of fewer waits.
const worthwhile = 1.02

// Split divides tasks into at most opts.Shards parts, each for one machine, and
// returns the ids of each part, sorted. It goes through the tasks, the longest
// way to the end first, and gives each to the machine that would be done with
// it first, transfers counted (HEFT: Topcuoglu, Hariri, Wu 2002), or to the one
// that has most of what it needs if that makes nothing late. So chains stay
// together, and machines that would only wait get nothing: an empty part is left
// out. The same tasks give the same parts.
func Split(tasks []Task, opts ShardOptions) ([][]string, error) {
	net, err := newNetwork(tasks)
	if err != nil {
		return nil, err
	}
	if err := opts.check(); err != nil {
		return nil, err
	}
	bound, err := LowerBound(tasks, opts.Shards*opts.Workers)
	if err != nil {
		return nil, err
	}
	var best [][]string
	var fastest *ShardRun
	for _, slack := range slacks {
		s := newSplitter(net, opts, time.Duration(slack*float64(bound)))
		parts := s.split()
		run, err := SimulateShards(tasks, SimulateShardsOptions{ShardOptions: opts, Parts: parts})
		if err != nil {
			return nil, err
		}
		if fastest == nil || run.isBetter(fastest) {
			best, fastest = parts, run
		}
	}
	return slices.DeleteFunc(best, func(part []string) bool { return len(part) == 0 }), nil
}

// isBetter reports whether a run has fewer waits than another at nearly the
// same speed, or is much faster.
func (r *ShardRun) isBetter(other *ShardRun) bool {
	if float64(r.Wall)*worthwhile < float64(other.Wall) {
		return true
	}
	return r.Waits < other.Waits && float64(r.Wall) <= worthwhile*float64(other.Wall)
}

// byPriority returns the tasks, the longest way to the end first, each after
// those it needs.
func (n *network) byPriority() []int {
	place, priority := make([]int, len(n.ids)), n.priorities()
	for at, task := range n.order {
		place[task] = at
	}
	tasks := slices.Clone(n.order)
	slices.SortFunc(tasks, func(a, b int) int { return cmp.Or(cmp.Compare(priority[b], priority[a]), place[a]-place[b]) })
	return tasks
}

type splitter struct {
	net      *network
	opts     ShardOptions
	deadline time.Duration // by which everything should be done
	tail     []time.Duration
	machines []machine
	shard    []int           // by task
	end      []time.Duration // by task
}

func newSplitter(net *network, opts ShardOptions, deadline time.Duration) *splitter {
	s := &splitter{net: net, opts: opts, deadline: deadline, tail: net.tails(), shard: make([]int, len(net.ids)), end: make([]time.Duration, len(net.ids))}
	s.machines = make([]machine, min(opts.Shards, max(1, len(net.ids))))
	for m := range s.machines {
		s.machines[m] = make(machine, opts.Workers)
	}
	return s
}

// split returns the parts, in the order of the machines.
func (s *splitter) split() [][]string {
	for _, task := range s.net.byPriority() {
		s.assign(task)
	}
	parts := make([][]string, len(s.machines))
	for task, shard := range s.shard {
		parts[shard] = append(parts[shard], s.net.ids[task])
	}
	return parts
}

// offer is what a machine can do for a task.
type offer struct {
	machine int
	slot    slot
	end     time.Duration
	local   int // needs of the task that are done there
}

// assign gives a task to the machine with the best offer.
func (s *splitter) assign(task int) {
	best := s.offer(task, 0)
	for m := 1; m < len(s.machines); m++ {
		if o := s.offer(task, m); s.isBetter(o, best, task) {
			best = o
		}
	}
	s.shard[task], s.end[task] = best.machine, best.end
	s.machines[best.machine].book(best.slot, best.end)
}

// isBetter prefers machines that have more of what the task needs, among those
// that do not make it late, and else those that are done sooner.
func (s *splitter) isBetter(a, b offer, task int) bool {
	aInTime, bInTime := a.end+s.tail[task] <= s.deadline, b.end+s.tail[task] <= s.deadline
	switch {
	case aInTime != bInTime:
		return aInTime
	case aInTime && a.local != b.local:
		return a.local > b.local
	case a.end != b.end:
		return a.end < b.end
	default:
		return a.local > b.local
	}
}

func (s *splitter) offer(task, m int) offer {
	var ready time.Duration
	local := 0
	for _, need := range s.net.needs[task] {
		ready = max(ready, s.end[need])
		if s.shard[need] == m {
			local++
		}
	}
	takes := s.net.weight[task]
	if local < len(s.net.needs[task]) {
		takes += s.opts.Transfer
	}
	found := s.machines[m].earliest(ready, takes)
	return offer{m, found, found.start + takes, local}
}

// machine is the work of one machine: for each worker the spans that are taken,
// in their order.
type machine [][]span

type span struct{ start, end time.Duration }

// slot is a free place: before the span at that position of a worker.
type slot struct {
	worker, at int
	start      time.Duration
}

// earliest finds the first time from ready on at which a worker is free for so
// long.
func (m machine) earliest(ready, takes time.Duration) slot {
	best := slot{worker: -1}
	for worker, taken := range m {
		start, at := ready, len(taken)
		for i, s := range taken {
			if start+takes <= s.start {
				at = i
				break
			}
			start = max(start, s.end)
		}
		if best.worker < 0 || start < best.start {
			best = slot{worker, at, start}
		}
	}
	return best
}

func (m machine) book(s slot, end time.Duration) {
	m[s.worker] = slices.Insert(m[s.worker], s.at, span{s.start, end})
}
