package schedule

import (
	"fmt"
	"math"
	"time"
)

// TimeLeftOptions says how far a run is.
type TimeLeftOptions struct {
	Workers int                      // at least 1
	Done    map[string]bool          // tasks that have ended
	Elapsed map[string]time.Duration // tasks that are running, and for how long
}

// TimeLeft estimates how long [Do] needs for the remaining tasks,
// by their weights. A task that has run for longer than its weight counts as
// about to end.
func TimeLeft(tasks []Task, opts TimeLeftOptions) (time.Duration, error) {
	net, err := newNetwork(tasks)
	if err != nil {
		return 0, err
	}
	if opts.Workers < 1 {
		return 0, fmt.Errorf("time left: %d workers can do nothing: at least 1 is needed", opts.Workers)
	}
	for i, id := range net.ids {
		if elapsed := opts.Elapsed[id]; opts.Done[id] {
			net.weight[i] = 0
		} else if elapsed > 0 {
			net.weight[i] = max(0, net.weight[i]-elapsed)
		}
	}
	priority := net.priorities()
	for i, id := range net.ids {
		if _, running := opts.Elapsed[id]; running || opts.Done[id] {
			priority[i] = math.MaxInt64 // has its worker, or needs none
		}
	}
	s := simulation{net: net, duration: net.weight, ready: make([]time.Duration, len(net.ids))}
	return s.list(newFrontier(net, priority), opts.Workers).Wall(), nil
}
