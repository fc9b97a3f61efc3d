package schedule

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// makespans makes a random module and returns how long each way of scheduling
// it takes, over the lower bound.
func makespans(t testing.TB, r *rand.Rand, images, workers int) map[string]float64 {
	t.Helper()
	tasks := randomTasks(r, images)
	actual, estimated := map[string]time.Duration{}, make([]Task, len(tasks))
	for i, task := range tasks {
		actual[task.ID] = task.Weight
		task.Weight = time.Duration(float64(task.Weight) * math.Exp(0.5*r.NormFloat64()))
		estimated[i] = task
	}
	bound, err := LowerBound(tasks, workers)
	if err != nil {
		t.Fatal(err)
	}
	barrier, err := SimulateBarrier(tasks, SimulateOptions{Workers: workers})
	if err != nil {
		t.Fatal(err)
	}
	over := func(run *Run) float64 { return float64(run.Wall()) / float64(bound) }
	return map[string]float64{
		"learned": over(mustSimulate(t, tasks, SimulateOptions{Workers: workers})),
		"noisy":   over(mustSimulate(t, estimated, SimulateOptions{Workers: workers, Durations: actual})),
		"fifo":    over(mustSimulate(t, tasks, SimulateOptions{Workers: workers, FIFO: true})),
		"levels":  over(barrier),
	}
}

// TestMakespanOverLowerBound: with learned durations, random modules take at
// most 1.05 of the lower bound on average, and less than by levels.
func TestMakespanOverLowerBound(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for _, size := range []struct{ images, workers int }{{9, 2}, {18, 5}, {36, 5}, {150, 10}} {
		const graphs = 200
		sum := map[string]float64{}
		for range graphs {
			for name, over := range makespans(t, r, size.images, size.workers) {
				if over < 1 {
					t.Fatalf("%+v: %s takes %.3f of the lower bound", size, name, over)
				}
				sum[name] += over / graphs
			}
		}
		if sum["learned"] > 1.05 || sum["learned"] > sum["levels"] {
			t.Errorf("%+v: %v", size, sum)
		}
	}
}
