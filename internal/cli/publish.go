package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/modship/modship/internal/lint"
	"github.com/modship/modship/internal/pipeline"
	"github.com/modship/modship/pkg/contract"
	"github.com/modship/modship/pkg/publish"
)

type publishOptions struct {
	buildOptions
	waiveOptions
	Force bool
}

func newPublishCommand(io *streams) *cobra.Command {
	o := &publishOptions{}
	cmd := &cobra.Command{
		Use:   "publish",
		Short: "Build the module, publish it, and verify the result",
		Long: `Builds the images of the module; publishes the release image, the bundle and the
registration tag in an order in which clusters never see a half-published version;
then reads everything back and checks it as clusters would. With --channel, the
release channels are moved last.

Clusters see a version tag (vX.Y.Z) as soon as it is published. It is therefore
never overwritten with different content while a channel is on it, and never
published with --dev or --loose-giterminism.`,
		Example: `  modship publish                                  # a dev tag named after the branch
  modship publish --tag v1.2.3
  modship publish --tag v1.2.3 --channel alpha`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runPublish(cmd.Context(), io, o) },
	}
	fs := cmd.Flags()
	o.addTarget(fs)
	o.addTag(fs, "module `TAG`; default: a git tag on HEAD, else a dev tag made from the branch")
	o.addChannels(fs, "release `CHANNEL` to move to the version; repeatable")
	o.addBuild(fs)
	fs.BoolVar(&o.Force, "force", false, "overwrite a version tag that has different content, unless a channel is on it")
	o.addWaive(fs)
	o.addFormat(fs, "text", "json")
	o.addProgress(fs)
	o.addWerf(cmd)
	return cmd
}

func runPublish(ctx context.Context, io *streams, o *publishOptions) error {
	if err := checkFormat(o.Format, "text", "json"); err != nil {
		return err
	}
	if names := targetNames(o.input()); len(names) > 1 && !o.Watch {
		return o.runTargets(ctx, io, names)
	}
	if o.Watch {
		return o.runWatch(ctx, io)
	}
	opts, display, err := o.prepareBuild(ctx, io)
	if err != nil {
		return err
	}
	opts.Force = o.Force
	if opts.Waive, opts.Waivers, err = o.waivers(opts.Settings); err != nil {
		display.Close()
		return err
	}
	began := time.Now()
	result, err := pipeline.Publish(ctx, opts)
	display.Close()
	tidy(ctx, io, opts.Settings, began)
	io.report(ciReport("publish", opts.Settings.Dir.Value, result))
	pictures := o.analyze(io, result) // a failure does not hide what is published
	if result != nil && o.Format == "json" && (err == nil || len(result.Violations)+len(result.Findings) > 0 || len(done(result.Writes)) > 0) {
		if jsonErr := writeJSON(io.Out, resultJSON(result)); jsonErr != nil {
			return jsonErr
		}
		return errors.Join(err, pictures)
	}
	if result != nil {
		printViolations(io.Err, result.Violations)
		printFindings(io.Err, result.Findings)
	}
	if err != nil {
		if result != nil {
			printWrites(io.Out, done(result.Writes))
		}
		return errors.Join(err, pictures)
	}
	printWrites(io.Out, result.Writes)
	return pictures
}

// done returns the writes that were made before another one failed.
func done(writes []publish.Write) []publish.Write {
	return slices.DeleteFunc(slices.Clone(writes), func(w publish.Write) bool { return !w.Done })
}

func printWrites(w io.Writer, writes []publish.Write) {
	for _, write := range writes {
		fmt.Fprintf(w, "%-6s %s %s", write.Action, write.Ref, write.Desired)
		if write.Reason != "" {
			fmt.Fprintf(w, ": %s", write.Reason)
		}
		fmt.Fprintln(w)
	}
}

func printFindings(w io.Writer, findings []lint.Finding) {
	if len(findings) > 0 {
		_ = lint.Write(w, "text", findings) // as other messages
	}
}

func printViolations(w io.Writer, violations []contract.Violation) {
	for _, v := range violations {
		fmt.Fprintln(w, v)
		if v.Fix != "" && !v.Waived {
			fmt.Fprintf(w, "  fix: %s\n", v.Fix)
		}
	}
}
