package cli

import (
	"context"
	"fmt"
	stdio "io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/pipeline"
	"github.com/modship/modship/internal/progress"
	"github.com/modship/modship/internal/settings"
	"github.com/modship/modship/pkg/graph"
	"github.com/modship/modship/pkg/graph/render"
)

type graphOptions struct {
	common
	Images []string
	Output string
	All    bool
	Since  string
	// Workloads adds what runs the images.
	Workloads bool
}

var graphFormats = []string{"tree", "json", "dot", "mermaid", "svg", "html"}

func newGraphCommand(io *streams) *cobra.Command {
	o := &graphOptions{}
	cmd := &cobra.Command{
		Use:   "graph [IMAGE...]",
		Short: "Show the module as a graph of images and their inputs",
		Long: `Shows the build graph: the images of werf.yaml, the base images, git sources and
Dockerfile contexts that go into them, and the artifacts that are made from them.
Without arguments the graph contains what the bundle and the release image need,
with arguments what the named images need.`,
		Example: `  modship graph
  modship graph controller --format json
  modship graph --format html --output graph.html
  modship graph --affected-since origin/main`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Images = args
			return runGraph(cmd.Context(), io, o)
		},
	}
	cmd.ValidArgsFunction = o.completeImages
	fs := cmd.Flags()
	o.addTarget(fs)
	o.addTag(fs, "module `TAG` that the templates see")
	o.addChannels(fs, "release `CHANNEL` to show; repeatable")
	o.addFormat(fs, graphFormats...)
	fs.StringVar(&o.Output, "output", "", "write to this `FILE` instead of standard output")
	fs.BoolVar(&o.All, "all", false, "show every image of werf.yaml")
	fs.BoolVar(&o.Workloads, "with-workloads", false, "also show which workloads of the chart run the images")
	fs.StringVar(&o.Since, "affected-since", "", "list the images whose inputs changed since this `REVISION` (tree or json)")
	o.addWerf(cmd)
	return cmd
}

func runGraph(ctx context.Context, io *streams, o *graphOptions) error {
	if err := checkFormat(o.Format, graphFormats...); err != nil {
		return err
	}
	o.ReadOnly = true
	s, err := o.resolve(ctx)
	if err != nil {
		return err
	}
	printNotes(io, s)
	display, err := progress.New(progress.Plain, io.Err, progress.Options{})
	if err != nil {
		return err
	}
	defer display.Close()
	opts := pipeline.Options{Settings: s, Dirs: settings.UserDirs(), Flags: o.flags, Reporter: display, Charts: io.Charts}
	if o.Since != "" {
		return o.affected(ctx, io, opts)
	}
	result, err := pipeline.Read(ctx, opts)
	if err != nil {
		return err
	}
	view, err := o.view(result.Config.Graph)
	if err != nil {
		return err
	}
	if o.Workloads {
		if view, err = addWorkloads(ctx, io, s, view); err != nil {
			return err
		}
	}
	for _, p := range result.Problems {
		display.Message("warning: %s", p.Message)
		if p.Hint != "" {
			display.Message("  %s", p.Hint)
		}
	}
	return o.output(io.Out, func(w stdio.Writer) error {
		if o.Format == "mermaid" {
			return o.mermaid(w, view, display)
		}
		return o.write(w, result.Repository.Name, view)
	})
}

// affected lists the images that cannot be the same as at an earlier commit.
func (o *graphOptions) affected(ctx context.Context, io *streams, opts pipeline.Options) error {
	if o.Format != "tree" && o.Format != "json" {
		return exit.With(exit.Usage, fmt.Errorf("--affected-since has no format %q: expected tree or json", o.Format), "")
	}
	since, err := pipeline.ReadSince(ctx, opts, o.Since)
	if err != nil {
		return err
	}
	view, err := o.view(since.Config.Graph)
	if err != nil {
		return err
	}
	impacts := since.Affected(view)
	return o.output(io.Out, func(w stdio.Writer) error {
		if o.Format == "json" {
			return writeJSON(w, map[string]any{"since": since.Before.Commit, "commit": since.Config.Commit, "images": orEmpty(impacts)})
		}
		for _, i := range impacts {
			fmt.Fprintf(w, "%s\t%s\n", i.Name, strings.Join(i.Causes, ", "))
		}
		return nil
	})
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

// output calls write with standard output or the file of --output.
func (o *graphOptions) output(out stdio.Writer, write func(stdio.Writer) error) error {
	if o.Output == "" {
		return write(out)
	}
	return toFile(o.Output, write)
}

func (o *graphOptions) write(out stdio.Writer, title string, g *graph.Graph) error {
	switch o.Format {
	case "json":
		return render.JSON(out, g)
	case "dot":
		return render.DOT(out, g, render.DOTOptions{})
	case "svg":
		return render.SVG(out, g, render.SVGOptions{Title: title})
	case "html":
		return render.HTML(out, g, render.HTMLOptions{Title: title})
	default:
		opts := treeOptions(out)
		opts.Watched = o.All || len(o.Images) > 0 // of a whole module it would be too much
		return render.Tree(out, g, opts)
	}
}

// mermaid also warns of a picture that nobody will see.
func (o *graphOptions) mermaid(out stdio.Writer, g *graph.Graph, display progress.Display) error {
	size, err := render.Mermaid(out, g)
	if err == nil && size.TooLarge() {
		display.Message("warning: GitHub and GitLab will not draw this: it has %s", size)
		display.Message("  Name an image to draw only what it needs (`modship graph --format mermaid IMAGE`), or use --format svg or html.")
	}
	return err
}

// treeOptions fit a tree to the terminal it is written to, if it is one.
func treeOptions(out stdio.Writer) render.TreeOptions {
	file, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) || os.Getenv("TERM") == "dumb" {
		return render.TreeOptions{}
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		width = 0
	}
	return render.TreeOptions{Width: width, Color: os.Getenv("NO_COLOR") == ""}
}
