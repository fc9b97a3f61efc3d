package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/modship/modship/pkg/schedule"
)

// largeTasks has n tasks in the shape of the largest real module: most need two
// others.
func largeTasks(r *rand.Rand, n int) []schedule.Task {
	tasks := make([]schedule.Task, n)
	for i := range tasks {
		tasks[i] = schedule.Task{ID: fmt.Sprintf("c%d", i), Weight: time.Duration(10 * float64(time.Second) * math.Exp(r.NormFloat64()))}
		if i > 10 {
			tasks[i].Needs = []string{fmt.Sprintf("c%d", i/2), fmt.Sprintf("c%d", i/10)}
		}
	}
	return tasks
}

// sharding compares ways to share a build among machines that do one image at a
// time: fixed parts, made with durations that are off by half, and whatever is
// ready.
func sharding(_ context.Context, r *rig) ([]row, error) {
	sizes, machines := []int{36, 150, 350, 1284}, []int{2, 4, 8, 16}
	if r.quick {
		sizes, machines = []int{12}, []int{2}
	}
	var rows []row
	for _, n := range sizes {
		random := rand.New(rand.NewPCG(31, uint64(n)))
		tasks := moduleTasks(random, n)
		if n > 1000 {
			tasks = largeTasks(random, n)
		}
		more, err := shardings(random, fmt.Sprintf("%d images", n), tasks, machines)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	for _, module := range []string{"storage-foundation", "virtualization"} {
		random := rand.New(rand.NewPCG(31, 1))
		tasks, err := recordedTasks(random, module)
		if err != nil {
			return nil, err
		}
		more, err := shardings(random, fmt.Sprintf("%s, %d images", module, len(tasks)), tasks, machines)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

// shardings are the rows of one module on several numbers of machines.
func shardings(random *rand.Rand, what string, tasks []schedule.Task, machines []int) ([]row, error) {
	expected, durations := make([]schedule.Task, len(tasks)), map[string]time.Duration{}
	for i, task := range tasks {
		durations[task.ID] = task.Weight
		task.Weight = time.Duration(float64(task.Weight) * math.Exp(0.5*random.NormFloat64()))
		expected[i] = task
	}
	var rows []row
	for _, m := range machines {
		more, err := shardRows(what, tasks, expected, durations, m)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

func shardRows(module string, tasks, expected []schedule.Task, durations map[string]time.Duration, machines int) ([]row, error) {
	opts := schedule.ShardOptions{Shards: machines, Workers: 1, Transfer: 3 * time.Second}
	bound, err := schedule.LowerBound(tasks, machines)
	if err != nil {
		return nil, err
	}
	var work time.Duration
	for _, task := range tasks {
		work += task.Weight
	}
	parts, err := schedule.Split(expected, opts)
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, way := range []struct {
		name  string
		parts [][]string
	}{{"fixed parts", parts}, {"auto", nil}} {
		run, err := schedule.SimulateShards(expected, schedule.SimulateShardsOptions{ShardOptions: opts, Durations: durations, Parts: way.parts})
		if err != nil {
			return nil, err
		}
		what := fmt.Sprintf("%s, %d machines, %s (%.1f times as fast as one, %d waits)", module, machines, way.name, float64(work)/float64(run.Wall), run.Waits)
		rows = append(rows, row{what: what, unit: "× bound", ours: []float64{float64(run.Wall) / float64(bound)}})
	}
	return rows, nil
}
