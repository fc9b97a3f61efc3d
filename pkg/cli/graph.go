package cli

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/modship/modship/pkg/exit"
	"github.com/modship/modship/pkg/graph"
	"github.com/modship/modship/pkg/pipeline"
	"github.com/modship/modship/pkg/progress"
	"github.com/modship/modship/pkg/settings"
)

type graphOptions struct {
	common
	Images []string
	Output string
	All    bool
}

var graphFormats = []string{"tree", "json", "dot", "mermaid"}

func newGraphCommand(io *streams) *cobra.Command {
	o := &graphOptions{}
	cmd := &cobra.Command{
		Use:   "graph [IMAGE...]",
		Short: "Show what the module is made of",
		Long: `Shows the build graph: images, the external bases, git sources and Dockerfile
contexts they are made of, and the artifacts they become. Without arguments: what
the bundle and the release image need; with arguments: what these images need.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Images = args
			return runGraph(cmd.Context(), io, o)
		},
	}
	fs := cmd.Flags()
	o.addTarget(fs)
	o.addTag(fs, "module tag that the templates see")
	o.addChannels(fs, "release channel to show, repeatable")
	o.addFormat(fs, graphFormats...)
	fs.StringVar(&o.Output, "output", "", "write to this file instead of standard output")
	fs.BoolVar(&o.All, "all", false, "show every image of werf.yaml")
	o.addWerf(cmd)
	return cmd
}

func runGraph(ctx context.Context, io *streams, o *graphOptions) error {
	if err := checkFormat(o.Format, graphFormats...); err != nil {
		return err
	}
	s, err := settings.Resolve(ctx, o.input())
	if err != nil {
		return err
	}
	display, err := progress.New(progress.Plain, io.Err, progress.Options{})
	if err != nil {
		return err
	}
	defer display.Close()
	result, err := pipeline.Read(ctx, pipeline.Options{Settings: s, Dirs: settings.UserDirs(), Flags: o.flags, Reporter: display})
	if err != nil {
		return err
	}
	view, err := o.view(result.Config.Graph)
	if err != nil {
		return err
	}
	for _, p := range result.Config.Problems {
		display.Message("warning: %s", p.Message)
		if p.Hint != "" {
			display.Message("  %s", p.Hint)
		}
	}
	return o.write(io.Out, view)
}

// view is the part of the graph that was asked for.
func (o *graphOptions) view(g *graph.Graph) (*graph.Graph, error) {
	if len(o.Images) == 0 {
		if o.All {
			return g, nil
		}
		return g.Published(), nil
	}
	var ids []string
	for _, name := range o.Images {
		id := graph.ID(graph.Image, name)
		if _, ok := g.Node(id); !ok {
			return nil, exit.With(exit.Usage, fmt.Errorf("werf.yaml defines no image %q", name), "`modship graph --all` lists the images.")
		}
		ids = append(ids, id)
	}
	return g.Closure(ids...), nil
}

func (o *graphOptions) write(out io.Writer, g *graph.Graph) (err error) {
	if o.Output != "" {
		file, createErr := os.Create(o.Output)
		if createErr != nil {
			return createErr
		}
		defer func() {
			if closeErr := file.Close(); err == nil {
				err = closeErr
			}
		}()
		out = file
	}
	switch o.Format {
	case "json":
		return graph.WriteJSON(out, g, graph.JSONOptions{})
	case "dot":
		return graph.WriteDOT(out, g, graph.DOTOptions{})
	case "mermaid":
		return graph.WriteMermaid(out, g, graph.MermaidOptions{})
	default:
		return graph.WriteTree(out, g, graph.TreeOptions{})
	}
}
