package schedule

// queue is a binary heap: pop returns the item that comes before all others.
// The package container/heap does the same, but boxes each item, which at
// 100,000 tasks costs more than the schedule.
type queue[T any] struct {
	items  []T
	before func(a, b T) bool
}

func (q *queue[T]) push(item T) {
	q.items = append(q.items, item)
	at := len(q.items) - 1
	for at > 0 {
		parent := (at - 1) / 2
		if !q.before(q.items[at], q.items[parent]) {
			return
		}
		q.items[at], q.items[parent] = q.items[parent], q.items[at]
		at = parent
	}
}

// pop must not be called on an empty queue.
func (q *queue[T]) pop() T {
	top, last := q.items[0], len(q.items)-1
	q.items[0] = q.items[last]
	q.items = q.items[:last]
	at := 0
	for {
		first := at
		for _, child := range [2]int{2*at + 1, 2*at + 2} {
			if child < last && q.before(q.items[child], q.items[first]) {
				first = child
			}
		}
		if first == at {
			return top
		}
		q.items[at], q.items[first] = q.items[first], q.items[at]
		at = first
	}
}
