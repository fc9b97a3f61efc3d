package schedule

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/modship/modship/pkg/internal/topo"
)

// Unknown is the weight of a task nothing is known about: it counts as the
// median of the known weights that are not 0, or as a second when there are
// none.
const Unknown time.Duration = -1

// Task is one piece of work of a schedule.
type Task struct {
	ID     string
	Needs  []string      // ids of the tasks that must be done before
	Weight time.Duration // expected duration; 0 = nothing to do, below 0 = [Unknown]
}

// network is a checked set of tasks, sorted by id, that refer to each other by
// position.
type network struct {
	ids    []string
	weight []time.Duration // none is unknown
	needs  [][]int
	users  [][]int // who needs it
	order  []int   // each after what it needs
}

func newNetwork(tasks []Task) (*network, error) {
	tasks = slices.Clone(tasks)
	slices.SortFunc(tasks, func(a, b Task) int { return cmp.Compare(a.ID, b.ID) })
	n := &network{
		ids:    make([]string, len(tasks)),
		weight: weights(tasks),
		needs:  make([][]int, len(tasks)),
		users:  make([][]int, len(tasks)),
	}
	index := make(map[string]int, len(tasks))
	for i, t := range tasks {
		if _, twice := index[t.ID]; twice {
			return nil, fmt.Errorf("schedule: there are two tasks with the id %q", t.ID)
		}
		index[t.ID], n.ids[i] = i, t.ID
	}
	for i, t := range tasks {
		for _, id := range sorted(t.Needs) {
			need, ok := index[id]
			if !ok {
				return nil, fmt.Errorf("schedule: task %q needs %q, which is not a task", t.ID, id)
			}
			n.needs[i] = append(n.needs[i], need)
			n.users[need] = append(n.users[need], i)
		}
	}
	if circle := topo.Circle(n.needs); circle != nil {
		cycle := &CycleError{}
		for _, i := range circle {
			cycle.IDs = append(cycle.IDs, n.ids[i])
		}
		return nil, fmt.Errorf("schedule: %w", cycle)
	}
	n.order = topo.Order(n.needs)
	return n, nil
}

// weights returns the weights of the tasks with the unknown ones filled in.
func weights(tasks []Task) []time.Duration {
	var known []time.Duration
	list := make([]time.Duration, len(tasks))
	for i, t := range tasks {
		if list[i] = t.Weight; t.Weight > 0 {
			known = append(known, t.Weight)
		}
	}
	median := time.Second
	if len(known) > 0 {
		slices.Sort(known)
		median = known[len(known)/2]
	}
	for i := range list {
		if list[i] < 0 {
			list[i] = median
		}
	}
	return list
}

// heads returns for each task the longest way before it, without itself.
func (n *network) heads() []time.Duration {
	head := make([]time.Duration, len(n.ids))
	for _, i := range n.order {
		for _, need := range n.needs[i] {
			head[i] = max(head[i], head[need]+n.weight[need])
		}
	}
	return head
}

// tails returns for each task the longest way after it, without itself.
func (n *network) tails() []time.Duration {
	tail := make([]time.Duration, len(n.ids))
	for _, i := range slices.Backward(n.order) {
		for _, user := range n.users[i] {
			tail[i] = max(tail[i], tail[user]+n.weight[user])
		}
	}
	return tail
}

// priorities returns for each task the longest way from its start to the end.
func (n *network) priorities() []time.Duration {
	list := n.tails()
	for i := range list {
		list[i] += n.weight[i]
	}
	return list
}

// sorted returns a sorted copy of the list without duplicates, nil when empty.
func sorted(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}
