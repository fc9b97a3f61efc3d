package render

import (
	"io"
	"testing"

	"github.com/modship/modship/pkg/graph/internal/sample"
)

func BenchmarkPictures1000(b *testing.B) {
	g := sample.MustBuild(b, sample.Large(1000))
	for name, write := range map[string]func() error{
		"tree": func() error { return Tree(io.Discard, g, TreeOptions{Width: 120}) },
		"svg":  func() error { return SVG(io.Discard, g, SVGOptions{}) },
		"html": func() error { return HTML(io.Discard, g, HTMLOptions{}) },
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
