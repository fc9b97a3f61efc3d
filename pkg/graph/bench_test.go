package graph

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
)

// large adds a module of n images to a builder: chains of three on shared
// builders, joined by digests and bundle.
func large(n int) *Builder {
	b := NewBuilder()
	digests := b.AddNode(Node{Kind: Image, Name: "images-digests"})
	b.AddEdge(digests, b.AddNode(Node{Kind: Image, Name: "bundle", Final: true}), Import)
	for i := range n / 3 {
		var last string
		for stage, name := range []string{"src", "artifact", "final"} {
			id := b.AddNode(Node{Kind: Image, Name: fmt.Sprintf("component-%d-%s", i, name), Builder: Stapel, Final: stage == 2})
			if last != "" {
				b.AddEdge(last, id, Import)
			}
			b.AddEdge(b.AddNode(Node{Kind: Base, Name: fmt.Sprintf("base-%d", (i+stage)%50)}), id, From)
			last = id
		}
		b.AddEdge(last, digests, Digest)
	}
	return b
}

// BenchmarkGraph100k builds a graph of 100,000 nodes, takes the closure of its
// bundle, and simulates its schedule.
func BenchmarkGraph100k(b *testing.B) {
	const n = 100_000
	builder := large(n)
	r := rand.New(rand.NewPCG(1, 1))
	tasks := randomTasks(r, n)
	b.Run("build", func(b *testing.B) {
		for b.Loop() {
			mustBuild(b, builder)
		}
	})
	g := mustBuild(b, builder)
	b.Run("closure", func(b *testing.B) {
		for b.Loop() {
			g.Closure("image:bundle")
		}
	})
	b.Run("schedule", func(b *testing.B) {
		for b.Loop() {
			mustSimulate(b, tasks, SimulateOptions{Workers: 16})
		}
	})
	b.Run("run", func(b *testing.B) { // the real scheduler, with tasks that do nothing
		for b.Loop() {
			if _, err := Schedule(b.Context(), tasks, ScheduleOptions{Workers: 16}, func(context.Context, string) error { return nil }); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("all", func(b *testing.B) {
		for b.Loop() {
			g := mustBuild(b, large(n))
			g.Closure("image:bundle")
			if g.Cycle() != nil {
				b.Fatal("a cycle")
			}
			mustSimulate(b, tasks, SimulateOptions{Workers: 16})
		}
	})
}

func BenchmarkPictures1000(b *testing.B) {
	g := mustBuild(b, large(1000))
	for name, write := range map[string]func() error{
		"tree": func() error { return WriteTree(io.Discard, g, TreeOptions{Width: 120}) },
		"svg":  func() error { return WriteSVG(io.Discard, g, SVGOptions{}) },
		"html": func() error { return WriteHTML(io.Discard, g, HTMLOptions{}) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := write(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
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
