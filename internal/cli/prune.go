package cli

import (
	"context"
	"errors"
	"fmt"
	stdio "io"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/spf13/cobra"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/pipeline"
	"github.com/modship/modship/internal/progress"
	"github.com/modship/modship/internal/settings"
	"github.com/modship/modship/pkg/prune"
)

type pruneOptions struct {
	registryOptions
	Pattern   string
	OlderThan model.Duration
	Stages    bool
	Policies  string
	Yes       bool
}

func newPruneCommand(io *streams) *cobra.Command {
	o := &pruneOptions{}
	cmd := &cobra.Command{
		Use:   "prune",
		Short: "Delete old dev tags and unreferenced stages",
		Long: `Lists the dev tags that match --pattern or are older than --older-than, in the
bundle and release repositories, and with --stages the werf stages that no
remaining version, channel or tag references. --stages alone keeps all dev tags.
An exact tag in --pattern also matches tags that exist only in the bundle
repository, such as v12345. Nothing is deleted without --yes. A version, and a
digest that a version names, is never deleted.

--policies keeps more stages: those that the cleanup section of a werf
configuration keeps by git branches and tags (keepPolicies), and those built within
keepImagesBuiltWithinLastNHours. It needs a clone with the whole history, all
branches and all tags.

Space in the embedded registry becomes free at once; elsewhere the registry's own
garbage collection frees it.

Stages of a running build are not referenced yet: prune when no build is running,
or use --older-than.`,
		Example: `  modship prune --pattern 'pr*'
  modship prune --pattern 'pr*' --older-than 14d --yes
  modship prune --stages --older-than 30d --yes
  modship prune --stages --policies werf_cleanup.yaml --yes`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runPrune(cmd.Context(), io, o) },
	}
	o.addRegistry(cmd)
	fs := cmd.Flags()
	fs.StringVar(&o.Pattern, "pattern", "", "dev tags to delete: a `PATTERN` with * and ?, such as 'pr*'")
	fs.Var(&o.OlderThan, "older-than", "delete only tags and stages older than this `AGE`, such as 14d or 36h")
	fs.BoolVar(&o.Stages, "stages", false, "also delete unreferenced werf stages")
	fs.StringVar(&o.Policies, "policies", "", "with --stages: `FILE` whose cleanup policies keep stages, such as werf_cleanup.yaml or werf.yaml")
	fs.BoolVar(&o.Yes, "yes", false, "delete; without it the plan is only shown")
	o.addFormat(fs, "text", "json")
	return cmd
}

// prunedJSON is the machine form of a prune.
type prunedJSON struct {
	*prune.Plan
	Done bool `json:"done"` // all of it is deleted
}

func runPrune(ctx context.Context, io *streams, o *pruneOptions) error {
	if err := checkFormat(o.Format, "text", "json"); err != nil {
		return err
	}
	policies, err := o.readPolicies(ctx)
	if err != nil {
		return err
	}
	t, session, err := o.open(ctx, io)
	if err != nil {
		return err
	}
	defer session.Close()
	plan, err := prune.New(session.Client, prune.NewOptions{}).Plan(ctx, prune.Request{
		Repository: t.repository, Pattern: o.Pattern, OlderThan: time.Duration(o.OlderThan), Stages: o.Stages, Policies: policies,
	})
	if err != nil {
		return err
	}
	if plan.FoundNothing() {
		fmt.Fprintf(io.Err, "nothing to prune: neither %s nor %s has a tag\n", t.repository.BundleRepo(), t.repository.ReleaseRepo())
	}
	if o.Yes {
		err = prune.New(session.Client, prune.NewOptions{}).Apply(ctx, plan)
	}
	if o.Yes && t.settings.Embedded && err == nil {
		session.Close() // nothing is removed while a run uses the registry
		err = collectEmbedded(ctx, io, t.repository, plan)
	}
	// After a failure the result still lists what was deleted before it.
	return errors.Join(o.print(io, plan), err)
}

// readPolicies reads the cleanup policies of --policies, if it is given.
func (o *pruneOptions) readPolicies(ctx context.Context) (prune.Policies, error) {
	if o.Policies == "" {
		return nil, nil
	}
	if !o.Stages {
		return nil, exit.With(exit.Usage, errors.New("--policies is only valid with --stages"), "")
	}
	in := o.input()
	in.Config = o.Policies
	s, err := settings.Resolve(ctx, in)
	if err != nil {
		return nil, err
	}
	display, err := progress.New(progress.Quiet, stdio.Discard, progress.Options{})
	if err != nil {
		return nil, err
	}
	result, err := pipeline.Read(ctx, pipeline.Options{Settings: s, Dirs: settings.UserDirs(), Flags: o.flags, Reporter: display})
	if err != nil {
		return nil, err
	}
	return result.Config, nil
}

func (o *pruneOptions) print(io *streams, plan *prune.Plan) error {
	if o.Format == "json" {
		plan.Deletions = orEmpty(plan.Deletions)
		left := slices.ContainsFunc(plan.Deletions, func(d prune.Deletion) bool { return !d.Done })
		return writeJSON(io.Out, prunedJSON{plan, o.Yes && !left})
	}
	if !o.Yes {
		for _, d := range plan.Deletions {
			fmt.Fprintf(io.Out, "would delete %s (%s)\n", d.Ref, d.Reason)
		}
		fmt.Fprintf(io.Out, "%s, %s protected\n", count(len(plan.Deletions), "tag"), count(plan.Protected, "digest"))
		if len(plan.Deletions) > 0 {
			fmt.Fprintln(io.Err, "nothing was deleted; add --yes to delete")
		}
		return nil
	}
	deleted := 0
	for _, d := range plan.Deletions {
		switch {
		case d.Done:
			deleted++
			fmt.Fprintf(io.Out, "deleted %s (%s)\n", d.Ref, d.Reason)
		case d.Stays != "":
			fmt.Fprintf(io.Out, "kept %s: %s\n", d.Ref, d.Stays)
		default:
			fmt.Fprintf(io.Out, "not deleted %s (%s)\n", d.Ref, d.Reason)
		}
	}
	fmt.Fprintf(io.Out, "%d of %s deleted, %s protected\n", deleted, count(len(plan.Deletions), "tag"), count(plan.Protected, "digest"))
	return nil
}
