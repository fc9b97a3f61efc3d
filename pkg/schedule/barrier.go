package schedule

import (
	"fmt"
	"time"
)

// SimulateBarrier works out how long the tasks take when they are done as werf
// 2 does it: level by level, the next one beginning when the last task of this
// one is done, with each worker given a fixed run of neighbours of the level
// (the first workers one more when it does not divide). FIFO of the options has
// no meaning here.
func SimulateBarrier(tasks []Task, opts SimulateOptions) (*Run, error) {
	net, err := newNetwork(tasks)
	if err != nil {
		return nil, err
	}
	if opts.Workers < 1 {
		return nil, fmt.Errorf("simulate: %d workers can do nothing: at least 1 is needed", opts.Workers)
	}
	s := simulation{net: net, duration: durations(net, opts.Durations), ready: make([]time.Duration, len(net.ids))}
	var now time.Duration
	for _, level := range net.levels() {
		now = s.block(level, now, opts.Workers)
	}
	return s.run(opts.Workers, now), nil
}

// block does one level and returns when the last worker is done.
func (s *simulation) block(level []int, begin time.Duration, workers int) time.Duration {
	tasks, end := len(level), begin
	workers = min(workers, tasks)
	for w := range workers {
		size := tasks / workers
		if w < tasks%workers {
			size++
		}
		now := begin
		for _, task := range level[:size] {
			s.ready[task] = begin
			s.span(task, now)
			now += s.duration[task]
		}
		level, end = level[size:], max(end, now)
	}
	return end
}

// levels groups the tasks by the number of tasks on the longest way to them.
func (n *network) levels() [][]int {
	var levels [][]int
	depth := make([]int, len(n.ids))
	for _, i := range n.order {
		for _, need := range n.needs[i] {
			depth[i] = max(depth[i], depth[need]+1)
		}
	}
	for i := range n.ids {
		for len(levels) <= depth[i] {
			levels = append(levels, nil)
		}
		levels[depth[i]] = append(levels[depth[i]], i)
	}
	return levels
}
