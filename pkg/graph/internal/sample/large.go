package sample

import (
	"fmt"

	"github.com/modship/modship/pkg/graph"
)

// Large returns a builder with a module of n images: chains of three on shared
// builders, joined by digests and bundle.
func Large(n int) *graph.Builder {
	b := graph.NewBuilder()
	digests := b.AddNode(graph.Node{Kind: graph.Image, Name: "images-digests"})
	b.AddEdge(digests, b.AddNode(graph.Node{Kind: graph.Image, Name: "bundle", Final: true}), graph.Import)
	for i := range n / 3 {
		var last string
		for stage, name := range []string{"src", "artifact", "final"} {
			id := b.AddNode(graph.Node{Kind: graph.Image, Name: fmt.Sprintf("component-%d-%s", i, name), Builder: graph.Stapel, Final: stage == 2})
			if last != "" {
				b.AddEdge(last, id, graph.Import)
			}
			b.AddEdge(b.AddNode(graph.Node{Kind: graph.Base, Name: fmt.Sprintf("base-%d", (i+stage)%50)}), id, graph.From)
			last = id
		}
		b.AddEdge(last, digests, graph.Digest)
	}
	return b
}
