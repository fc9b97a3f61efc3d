package graph

import (
	"fmt"
	"strings"
)

// Summary says in one line what the graph has: "65 images (20 final), 11 base
// images, 32 git sources".
func Summary(g *Graph) string {
	count, final := map[NodeKind]int{}, 0
	for _, n := range g.nodes {
		count[n.Kind]++
		if n.Kind == Image && n.Final {
			final++
		}
	}
	parts := []string{fmt.Sprintf("%s (%d final)", number(count[Image], "image"), final)}
	for _, k := range []struct {
		kind NodeKind
		name string
	}{{Base, "base image"}, {Git, "git source"}, {File, "build context"}} {
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
