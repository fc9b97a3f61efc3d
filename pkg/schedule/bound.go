package schedule

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// thresholds limits how many head lengths [LowerBound] tries: with more tasks
// than that it takes an even sample of them, which keeps it a bound and only
// makes it less tight.
const thresholds = 1000

// LowerBound returns a time in which no schedule whatever can do the tasks with
// so many workers. It is at least the total work divided by the workers, and at
// least the longest path; and for each set of tasks that all have something
// long before or after them, what must come before, their work, and what must
// come after.
func LowerBound(tasks []Task, workers int) (time.Duration, error) {
	net, err := newNetwork(tasks)
	if err != nil {
		return 0, err
	}
	if workers < 1 {
		return 0, fmt.Errorf("lower bound: %d workers can do nothing: at least 1 is needed", workers)
	}
	head, tail := net.heads(), net.tails()
	var bound time.Duration
	byTail := make([]int, len(net.ids))
	for i := range byTail {
		byTail[i] = i
		bound = max(bound, head[i]+net.weight[i]+tail[i])
	}
	slices.SortFunc(byTail, func(a, b int) int { return cmp.Compare(tail[b], tail[a]) })
	for _, from := range sample(head, thresholds) {
		var work time.Duration
		for _, i := range byTail {
			if head[i] < from {
				continue
			}
			// All tasks so far begin after from and have at least this tail.
			work += net.weight[i]
			bound = max(bound, from+work/time.Duration(workers)+tail[i])
		}
	}
	return bound, nil
}

// sample returns up to n of the distinct values, evenly spread, the smallest
// always among them.
func sample(values []time.Duration, n int) []time.Duration {
	all := slices.Clone(values)
	slices.Sort(all)
	all = slices.Compact(all)
	if len(all) <= n {
		return all
	}
	picked := make([]time.Duration, n)
	for i := range picked {
		picked[i] = all[i*len(all)/n]
	}
	return picked
}
