package cli

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/modship/modship/internal/build"
	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/pipeline"
)

type planOptions struct {
	buildOptions
	waiveOptions
	ExitCode bool
}

func newPlanCommand(io *streams) *cobra.Command {
	o := &planOptions{}
	cmd := &cobra.Command{
		Use:   "plan [IMAGE...]",
		Short: "Show what build and publish would do",
		Long: `Shows which images a build would reuse, which it would rebuild and from which
stage, and which tags a publish would write. Nothing is written.

deferred: whether the image is rebuilt depends on the result of an image that is
rebuilt before it.

refuse: publish would not write the tag, because a contract or channel rule is
violated or because a published version would get different content. The exit
code is then 3, as it would be for publish.`,
		Example: `  modship plan
  modship plan --tag v1.2.3 --channel alpha
  modship plan --exit-code --format json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Images = args
			return runPlan(cmd.Context(), io, o)
		},
	}
	cmd.ValidArgsFunction = o.completeImages
	fs := cmd.Flags()
	o.addTarget(fs)
	o.addTag(fs, "module `TAG`; default: a git tag on HEAD, else a dev tag made from the branch")
	o.addChannels(fs, "release `CHANNEL` to move to the version; repeatable")
	fs.BoolVar(&o.All, "all", false, "also plan images that no final image needs")
	o.addWaive(fs)
	fs.BoolVar(&o.ExitCode, "exit-code", false, "exit with 10 if there is something to do")
	o.addFormat(fs, "text", "json")
	o.addWerf(cmd)
	return cmd
}

func runPlan(ctx context.Context, io *streams, o *planOptions) error {
	if err := checkFormat(o.Format, "text", "json"); err != nil {
		return err
	}
	opts, err := o.prepareLookUp(ctx, io)
	if err != nil {
		return err
	}
	if opts.Waive, opts.Waivers, err = o.waivers(opts.Settings); err != nil {
		return err
	}
	plan, err := pipeline.Plan(ctx, opts)
	if err != nil {
		return err
	}
	io.report(ciPlan(opts.Settings, plan))
	if o.Format == "json" {
		plan.Images, plan.Writes, plan.Violations = orEmpty(plan.Images), orEmpty(plan.Writes), orEmpty(plan.Violations)
		plan.Findings = orEmpty(plan.Findings)
		err = writeJSON(io.Out, plan)
	} else {
		err = printPlan(io.Out, plan)
	}
	switch {
	case err != nil:
		return err
	case plan.Refusal != nil:
		return plan.Refusal
	case o.ExitCode && plan.Changes():
		return silent(exit.Changes)
	}
	return nil
}

func printPlan(w io.Writer, plan *pipeline.PlanResult) error {
	counts := map[build.Action]int{}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, img := range plan.Images {
		counts[img.Action]++
		switch img.Action {
		case build.Rebuild:
			fmt.Fprintf(table, "rebuild\t%s\tat stage %s: %s\n", img.Name, img.Stage, img.Reason)
		case build.Deferred:
			fmt.Fprintf(table, "deferred\t%s\t%s\n", img.Name, img.Reason)
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "%s: %d reuse, %d rebuild, %d deferred\n",
		count(len(plan.Images), "image"), counts[build.Reuse], counts[build.Rebuild], counts[build.Deferred])
	for _, write := range plan.Writes {
		fmt.Fprintf(w, "%-6s %s", write.Action, write.Ref)
		if write.Reason != "" {
			fmt.Fprintf(w, ": %s", write.Reason)
		}
		fmt.Fprintln(w)
	}
	printViolations(w, plan.Violations)
	printFindings(w, plan.Findings)
	return nil
}
