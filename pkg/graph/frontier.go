package graph

import (
	"container/heap"
	"time"
)

// frontier knows which tasks are ready (everything they need is done) and hands
// them out: the highest priority first, ties by id; without priorities in the
// order in which they became ready.
type frontier struct {
	net      *network
	waits    []int           // how many needs are not done
	priority []time.Duration // nil: first come, first served
	queue    []entry         // a heap
	arrivals int
}

type entry struct{ task, arrival int }

func newFrontier(net *network, priority []time.Duration) *frontier {
	f := &frontier{net: net, waits: make([]int, len(net.ids)), priority: priority}
	for i, needs := range net.needs {
		if f.waits[i] = len(needs); f.waits[i] == 0 {
			f.push(i)
		}
	}
	return f
}

// next takes the next ready task out; false when none is ready.
func (f *frontier) next() (int, bool) {
	if len(f.queue) == 0 {
		return 0, false
	}
	return heap.Pop((*readyHeap)(f)).(entry).task, true
}

// done says that the task is done and returns those that became ready by it.
func (f *frontier) done(task int) []int {
	var ready []int
	for _, user := range f.net.users[task] {
		if f.waits[user]--; f.waits[user] == 0 {
			f.push(user)
			ready = append(ready, user)
		}
	}
	return ready
}

func (f *frontier) push(task int) {
	heap.Push((*readyHeap)(f), entry{task, f.arrivals})
	f.arrivals++
}

// readyHeap is the heap of a frontier.
type readyHeap frontier

var _ heap.Interface = (*readyHeap)(nil)

func (h *readyHeap) Len() int      { return len(h.queue) }
func (h *readyHeap) Swap(i, j int) { h.queue[i], h.queue[j] = h.queue[j], h.queue[i] }
func (h *readyHeap) Push(x any)    { h.queue = append(h.queue, x.(entry)) }

func (h *readyHeap) Pop() any {
	last := h.queue[len(h.queue)-1]
	h.queue = h.queue[:len(h.queue)-1]
	return last
}

func (h *readyHeap) Less(i, j int) bool {
	a, b := h.queue[i], h.queue[j]
	if h.priority == nil {
		return a.arrival < b.arrival
	}
	if pa, pb := h.priority[a.task], h.priority[b.task]; pa != pb {
		return pa > pb
	}
	return a.task < b.task
}
