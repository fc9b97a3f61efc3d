package schedule

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkSchedule100k simulates and runs 100,000 tasks.
func BenchmarkSchedule100k(b *testing.B) {
	tasks := randomTasks(rand.New(rand.NewPCG(1, 1)), 100_000)
	b.Run("simulate", func(b *testing.B) {
		for b.Loop() {
			mustSimulate(b, tasks, SimulateOptions{Workers: 16})
		}
	})
	b.Run("run", func(b *testing.B) { // the real scheduler, with tasks that do nothing
		for b.Loop() {
			if _, err := Do(b.Context(), tasks, DoOptions{Workers: 16}, func(context.Context, string) error { return nil }); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkMakespan reports how much longer than the lower bound schedules of
// random module-like graphs are: ours with exact and with yesterday's
// durations, first ready first served (werf 3), and levels (werf 2).
func BenchmarkMakespan(b *testing.B) {
	for _, size := range []struct{ images, workers int }{{9, 2}, {18, 5}, {36, 5}, {150, 10}} {
		b.Run(fmt.Sprintf("%d-images-%d-workers", size.images, size.workers), func(b *testing.B) {
			r := rand.New(rand.NewPCG(11, 12))
			sums, n := map[string]float64{}, 0
			for b.Loop() {
				for name, over := range makespans(b, r, size.images, size.workers) {
					sums[name] += over
				}
				n++
			}
			for name, sum := range sums {
				b.ReportMetric(sum/float64(n), name)
			}
		})
	}
}
