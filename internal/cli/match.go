package cli

import (
	"context"
	"fmt"
	stdio "io"

	"github.com/spf13/cobra"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/pipeline"
)

func newMatchCommand(io *streams) *cobra.Command {
	o := &buildOptions{}
	cmd := &cobra.Command{
		Use:   "match",
		Short: "Compare this checkout with what CI built",
		Long: `Compares every image that a build of this checkout would give with what CI's
repository has. Where they differ, match names the input: a file, a line of
werf.yaml, a base image, an image that is needed, another werf. It also lists what
this checkout has and CI has not: uncommitted files with --dev, variables of the environment,
fetched files without a checksum, a shallow history, another platform.

match builds and writes nothing. It exits with 0 only if all images are CI's.`,
		Example: `  modship match --against registry.example.com/dev/modules
  modship match --target dev --format json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runMatch(cmd.Context(), io, o) },
	}
	fs := cmd.Flags()
	o.addTarget(fs)
	o.addTag(fs, "module `TAG` that CI built")
	o.addAgainst(fs)
	o.addFormat(fs, "text", "json")
	o.addWerf(cmd)
	return cmd
}

func runMatch(ctx context.Context, io *streams, o *buildOptions) error {
	if err := checkFormat(o.Format, "text", "json"); err != nil {
		return err
	}
	if o.Against != "" {
		o.Source, o.Against = o.Against, ""
	}
	o.ReadOnly = true
	opts, err := o.prepareLookUp(ctx, io)
	if err != nil {
		return err
	}
	match, err := pipeline.MatchImages(ctx, opts)
	if err != nil {
		return err
	}
	if o.Format == "json" {
		err = writeJSON(io.Out, match)
	} else {
		printMatch(io.Out, match)
	}
	if err == nil && !match.Equal() {
		err = silent(exit.Failed)
	}
	return err
}

func printMatch(w stdio.Writer, match *pipeline.Match) {
	equal := 0
	for _, img := range match.Images {
		if img.Matches {
			equal++
			continue
		}
		fmt.Fprintf(w, "%s: differs\n", img.Image)
		for _, c := range img.Causes {
			fmt.Fprintf(w, "  %s\n", c)
		}
		for _, need := range img.Needs {
			fmt.Fprintf(w, "  image %s differs\n", need)
		}
	}
	for _, d := range match.Checkout {
		fmt.Fprintf(w, "this checkout: %s\n", d.What)
	}
	fmt.Fprintf(w, "%d of %s match\n", equal, count(len(match.Images), "image"))
}
