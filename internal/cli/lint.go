package cli

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/modship/modship/internal/chart"
	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/lint"
	"github.com/modship/modship/internal/pipeline"
	"github.com/modship/modship/internal/progress"
	"github.com/modship/modship/internal/settings"
	"github.com/modship/modship/pkg/contract"
	"github.com/modship/modship/pkg/module"
)

type lintOptions struct {
	common
	waiveOptions
	Quick bool
}

func newLintCommand(io *streams) *cobra.Command {
	o := &lintOptions{}
	cmd := &cobra.Command{
		Use:   "lint",
		Short: "Check the module without a registry or a build",
		Long: `Checks the working tree: the rules of the contract that need no build, and what a
cluster would refuse of the chart, the CRDs and the hooks. The chart is rendered
with every set of values that modship render knows, for the oldest and the newest
Kubernetes that module.yaml requires. Nothing is written, executed or fetched.

The names of the images come from werf.yaml. Where that cannot be read, for example
because CI fetches files for it, lint says so and leaves out their check.

Findings are waived in modship.yaml, with a reason, or with --waive. The exit code
is 3 if an error is left. docs/lint.md lists the checks.`,
		Example: `  modship lint
  modship lint --format github           # in a workflow: shown at the lines of a pull request
  modship lint --format sarif > modship.sarif`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runLint(cmd.Context(), io, o) },
	}
	fs := cmd.Flags()
	fs.StringVar(&o.Name, "name", "", "module name ($"+settings.EnvName+"; default: name in module.yaml)")
	o.addTag(fs, "module tag that is going to be published")
	o.addWaive(fs)
	fs.BoolVar(&o.Quick, "no-images", false, "do not read werf.yaml, and leave out the check of image names")
	o.addFormat(fs, lint.Formats()...)
	o.addWerf(cmd)
	return cmd
}

func runLint(ctx context.Context, io *streams, o *lintOptions) error {
	if err := checkFormat(o.Format, lint.Formats()...); err != nil {
		return err
	}
	s, err := resolveModule(ctx, o.input())
	if err != nil {
		return err
	}
	_, waivers, err := o.waivers(s)
	if err != nil {
		return err
	}
	fsys := os.DirFS(s.Dir.Value)
	files, err := chart.ReadFiles(fsys)
	if err != nil {
		return err
	}
	images := o.images(ctx, io)
	var keys []string
	for _, name := range images {
		keys = append(keys, module.DigestKey(name))
	}
	findings, err := lint.Run(ctx, lint.Module{Engine: io.Charts, Name: s.Name.Value, FS: fsys, Files: files, Keys: keys})
	if err != nil {
		return err
	}
	note := func(format string, args ...any) { fmt.Fprintf(io.Err, format+"\n", args...) }
	findings = append(findings, lint.FromContract(contract.CheckRepository(ctx, fsys, contract.RepositoryOptions{
		Name: s.Name.Value, Tag: s.Tag.Value, Dev: s.Tag.Value == "", Images: images, Render: pipeline.Renderer(io.Charts, note),
	}))...)
	lint.Sort(findings)
	lint.Waive(findings, waivers)
	if err := lint.Write(io.Out, o.Format, findings); err != nil {
		return err
	}
	if lint.Failed(findings) {
		return silent(exit.Violated)
	}
	return nil
}

// images returns the names of the images whose digests the module has, or none
// if werf.yaml cannot be read here.
func (o *lintOptions) images(ctx context.Context, io *streams) []string {
	if o.Quick {
		return nil
	}
	names, err := o.imagesOfConfig(ctx)
	if err != nil {
		fmt.Fprintf(io.Err, "note: the names of images are not checked: %v\n", err)
	}
	return names
}

func (o *lintOptions) imagesOfConfig(ctx context.Context) ([]string, error) {
	s, err := settings.Resolve(ctx, o.input())
	if err != nil {
		return nil, err
	}
	display, err := progress.New(progress.Quiet, discard{}, progress.Options{})
	if err != nil {
		return nil, err
	}
	defer display.Close()
	result, err := pipeline.Read(ctx, pipeline.Options{Settings: s, Dirs: settings.UserDirs(), Flags: o.flags, Reporter: display})
	if err != nil {
		return nil, err
	}
	return pipeline.DigestImages(result.Config.Graph), nil
}

// discard is a writer of nothing.
type discard struct{}

// Write drops p.
func (discard) Write(p []byte) (int, error) { return len(p), nil }
