package schedule

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// randomTasks makes n tasks in the shape of a module: chains of one to four,
// some of which share a builder, all joined by two tasks at the end. Durations
// are log-normal around ten seconds.
func randomTasks(r *rand.Rand, n int) []Task {
	weight := func() time.Duration { return time.Duration(10 * float64(time.Second) * math.Exp(r.NormFloat64())) }
	tasks := []Task{{ID: "builder-0", Weight: weight()}, {ID: "builder-1", Weight: weight()}}
	var ends []string
	for len(tasks) < n-2 {
		last := ""
		for depth := range 1 + r.IntN(4) {
			if len(tasks) >= n-2 {
				break
			}
			t := Task{ID: fmt.Sprintf("c%d-%d", len(ends), depth), Weight: weight()}
			if last != "" {
				t.Needs = append(t.Needs, last)
			}
			if r.IntN(3) == 0 {
				t.Needs = append(t.Needs, fmt.Sprintf("builder-%d", r.IntN(2)))
			}
			tasks, last = append(tasks, t), t.ID
		}
		ends = append(ends, last)
	}
	tasks = append(tasks, Task{ID: "digests", Needs: ends, Weight: weight()}, Task{ID: "bundle", Needs: []string{"digests"}, Weight: weight()})
	r.Shuffle(len(tasks), func(i, j int) { tasks[i], tasks[j] = tasks[j], tasks[i] })
	return tasks
}

// randomDAG makes up to n tasks with edges anywhere, some without work.
func randomDAG(r *rand.Rand, n int) []Task {
	tasks := make([]Task, 1+r.IntN(n))
	density := r.Float64()
	for i := range tasks {
		tasks[i] = Task{ID: fmt.Sprintf("t%02d", i), Weight: time.Duration(r.IntN(10)) * time.Second}
		for j := range i {
			if r.Float64() < density/2 {
				tasks[i].Needs = append(tasks[i].Needs, tasks[j].ID)
			}
		}
	}
	return tasks
}
