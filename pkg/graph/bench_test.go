package graph_test

import (
	"testing"

	"github.com/modship/modship/pkg/graph/internal/sample"
)

// BenchmarkGraph100k builds a graph of 100,000 nodes and takes the closure of
// its bundle.
func BenchmarkGraph100k(b *testing.B) {
	builder := sample.Large(100_000)
	b.Run("build", func(b *testing.B) {
		for b.Loop() {
			sample.MustBuild(b, builder)
		}
	})
	g := sample.MustBuild(b, builder)
	b.Run("closure", func(b *testing.B) {
		for b.Loop() {
			g.Closure("image:bundle")
		}
	})
	b.Run("cycle", func(b *testing.B) {
		for b.Loop() {
			if g.Cycle() != nil {
				b.Fatal("a cycle")
			}
		}
	})
}
