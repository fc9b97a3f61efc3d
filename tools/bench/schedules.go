package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/modship/modship/pkg/schedule"
)

// moduleTasks makes n tasks in the shape of a module: components of one to
// four images, a third of which also need one of two shared builders; an image
// with all digests; the bundle. Durations are log-normal around ten seconds.
func moduleTasks(r *rand.Rand, n int) []schedule.Task {
	weight := func() time.Duration { return time.Duration(10 * float64(time.Second) * math.Exp(r.NormFloat64())) }
	tasks := []schedule.Task{{ID: "builder-0", Weight: weight()}, {ID: "builder-1", Weight: weight()}}
	var last []string
	for component := 0; len(tasks) < n-2; component++ {
		previous := ""
		for depth := range 1 + r.IntN(4) {
			task := schedule.Task{ID: fmt.Sprintf("c%d-%d", component, depth), Weight: weight()}
			if previous != "" {
				task.Needs = []string{previous}
			}
			if r.IntN(3) == 0 {
				task.Needs = append(task.Needs, fmt.Sprintf("builder-%d", r.IntN(2)))
			}
			tasks, previous = append(tasks, task), task.ID
		}
		last = append(last, previous)
	}
	return append(tasks, schedule.Task{ID: "digests", Needs: last, Weight: weight()}, schedule.Task{ID: "bundle", Needs: []string{"digests"}, Weight: weight()})
}

// scheduler times the real scheduler.
func scheduler(ctx context.Context, r *rig) ([]row, error) {
	n := 100_000
	if r.quick {
		n = 1000
	}
	tasks := moduleTasks(rand.New(rand.NewPCG(1, 1)), n)
	var seconds []float64
	for range r.runs {
		start := time.Now()
		run, err := schedule.Do(ctx, tasks, schedule.DoOptions{Workers: 16}, func(context.Context, string) error { return nil })
		if err != nil {
			return nil, err
		}
		if len(run.Spans) != len(tasks) {
			return nil, fmt.Errorf("%d of %d tasks ran", len(run.Spans), len(tasks))
		}
		seconds = append(seconds, time.Since(start).Seconds())
	}
	return []row{{what: fmt.Sprintf("%d tasks", len(tasks)), unit: "s", ours: seconds, target: 1}}, nil
}

// makespan compares schedules with the lower bound that no schedule can beat.
// The peer is building level by level, as werf 2 does.
func makespan(_ context.Context, r *rig) ([]row, error) {
	graphs := 400
	if r.quick {
		graphs = 5
	}
	var rows []row
	for _, size := range []struct{ images, workers int }{{9, 2}, {18, 5}, {36, 5}, {150, 10}} {
		random := rand.New(rand.NewPCG(11, 12))
		sums := map[string]float64{}
		for range graphs {
			over, err := overBound(random, size.images, size.workers)
			if err != nil {
				return nil, err
			}
			for name, value := range over {
				sums[name] += value / float64(graphs)
			}
		}
		what := fmt.Sprintf("%d images, %d workers", size.images, size.workers)
		rows = append(rows,
			row{what: what + ", learned durations (levels: " + number(sums["levels"]) + ")", unit: "× bound", ours: []float64{sums["learned"]}, target: 1.05},
			row{what: what + ", durations off by half", unit: "× bound", ours: []float64{sums["noisy"]}})
	}
	return rows, nil
}

// overBound simulates one random module and returns each wall time over the
// lower bound.
func overBound(r *rand.Rand, images, workers int) (map[string]float64, error) {
	tasks := moduleTasks(r, images)
	actual, estimated := map[string]time.Duration{}, make([]schedule.Task, len(tasks))
	for i, task := range tasks {
		actual[task.ID] = task.Weight
		task.Weight = time.Duration(float64(task.Weight) * math.Exp(0.5*r.NormFloat64()))
		estimated[i] = task
	}
	bound, err := schedule.LowerBound(tasks, workers)
	if err != nil {
		return nil, err
	}
	over := map[string]float64{}
	for name, simulate := range map[string]func() (*schedule.Run, error){
		"learned": func() (*schedule.Run, error) {
			return schedule.Simulate(tasks, schedule.SimulateOptions{Workers: workers})
		},
		"noisy": func() (*schedule.Run, error) {
			return schedule.Simulate(estimated, schedule.SimulateOptions{Workers: workers, Durations: actual})
		},
		"levels": func() (*schedule.Run, error) {
			return schedule.SimulateBarrier(tasks, schedule.SimulateOptions{Workers: workers})
		},
	} {
		run, err := simulate()
		if err != nil {
			return nil, err
		}
		over[name] = float64(run.Wall()) / float64(bound)
	}
	return over, nil
}
