package schedule

import "time"

// frontier knows which tasks are ready (everything they need is done) and hands
// them out: the highest priority first, ties by id; without priorities in the
// order in which they became ready.
type frontier struct {
	net      *network
	waits    []int           // how many needs are not done
	priority []time.Duration // nil: first come, first served
	ready    queue[entry]
	arrivals int
}

type entry struct{ task, arrival int }

func newFrontier(net *network, priority []time.Duration) *frontier {
	f := &frontier{net: net, waits: make([]int, len(net.ids)), priority: priority}
	f.ready.before = f.before
	for i, needs := range net.needs {
		if f.waits[i] = len(needs); f.waits[i] == 0 {
			f.push(i)
		}
	}
	return f
}

func (f *frontier) before(a, b entry) bool {
	if f.priority == nil {
		return a.arrival < b.arrival
	}
	if pa, pb := f.priority[a.task], f.priority[b.task]; pa != pb {
		return pa > pb
	}
	return a.task < b.task
}

// next takes the next ready task out; false when none is ready.
func (f *frontier) next() (int, bool) {
	if len(f.ready.items) == 0 {
		return 0, false
	}
	return f.ready.pop().task, true
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
	f.ready.push(entry{task, f.arrivals})
	f.arrivals++
}
