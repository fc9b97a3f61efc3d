package cli

import (
	"context"
	"os"

	"github.com/modship/modship/internal/chart"
	"github.com/modship/modship/internal/render"
	"github.com/modship/modship/internal/settings"
	"github.com/modship/modship/pkg/graph"
)

// addWorkloads renders the chart with every set of values and adds the workloads
// that run images of a graph.
func addWorkloads(ctx context.Context, io *streams, s *settings.Settings, g *graph.Graph) (*graph.Graph, error) {
	fsys := os.DirFS(s.Dir.Value)
	files, err := chart.ReadFiles(fsys)
	if err != nil {
		return nil, err
	}
	in := render.Input{Engine: io.Charts, Name: s.Name.Value, Files: files}
	if in.Sets, err = render.Sets(fsys); err != nil {
		return nil, err
	}
	images := map[string]string{} // ids by key
	b := graph.NewBuilder()
	for _, n := range g.Nodes() {
		b.AddNode(n)
		if n.DigestKey != "" {
			images[n.DigestKey] = n.ID
			in.Keys = append(in.Keys, n.DigestKey)
		}
	}
	for _, e := range g.Edges() {
		b.AddEdge(e.From, e.To, e.Kind)
	}
	sets, err := render.Run(ctx, in)
	if err != nil {
		return nil, err
	}
	for _, set := range sets {
		for _, object := range set.Objects {
			for _, c := range set.Containers(object) {
				if image := images[c.Image]; image != "" {
					b.AddEdge(image, b.AddNode(graph.Node{Kind: graph.Workload, Name: c.Workload}), graph.RunsIn)
				}
			}
		}
	}
	return b.Build()
}
