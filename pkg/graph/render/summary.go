package render

import (
	"fmt"
	"strings"

	"github.com/modship/modship/pkg/graph"
)

// Summary says in one line what the graph has: "65 images (20 final), 11 base
// images, 32 git sources".
func Summary(g *graph.Graph) string {
	count, final := map[graph.NodeKind]int{}, 0
	for _, n := range g.Nodes() {
		count[n.Kind]++
		if n.Kind == graph.Image && n.Final {
			final++
		}
	}
	parts := []string{fmt.Sprintf("%s (%d final)", number(count[graph.Image], "image"), final)}
	for _, k := range []struct {
		kind graph.NodeKind
		name string
	}{{graph.Base, "base image"}, {graph.Git, "git source"}, {graph.File, "build context"}} {
		if count[k.kind] > 0 {
			parts = append(parts, number(count[k.kind], k.name))
		}
	}
	return strings.Join(parts, ", ")
}

// number counts things: "1 image", "2 images".
func number(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}
