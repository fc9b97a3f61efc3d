package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/pipeline"
	"github.com/modship/modship/internal/settings"
	"github.com/modship/modship/pkg/contract"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/publish"
)

type copyOptions struct {
	registryOptions
	To             []string
	Force          bool
	AllowDowngrade bool
	SkipLadder     bool
	Waive          []int
}

func newCopyCommand(io *streams) *cobra.Command {
	o := &copyOptions{}
	cmd := &cobra.Command{
		Use:   "copy --tag VERSION --to SOURCE",
		Short: "Copy a published version to other sources",
		Long: `Copies a published version to other module sources, for example from a
development registry to a production registry, or to the source of each edition.
It copies every image in images_digests.json, extra images, attestations, the
release image, the bundle and the registration tag, and with --channel moves the
release channels there. Manifests are copied byte for byte; content that a target
already has is not sent again. The version is checked as a cluster would read it:
first at the source, before anything is written, then at each target.`,
		Example: `  modship copy --tag v1.2.3 --to registry.example.com/modules
  modship copy --tag v1.2.3 --to r.example.com/ce --to r.example.com/ee --channel alpha`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runCopy(cmd.Context(), io, o) },
	}
	o.addRegistry(cmd)
	fs := cmd.Flags()
	o.addTag(fs, "published `VERSION` to copy")
	fs.StringSliceVar(&o.To, "to", nil, "module `SOURCE` to copy to, <registry>/<path>; repeatable")
	o.addChannels(fs, "release `CHANNEL` to move at the targets; repeatable")
	fs.BoolVar(&o.Force, "force", false, "overwrite a version tag of a target that has different content, unless a channel is on it")
	fs.BoolVar(&o.AllowDowngrade, "allow-downgrade", false, "let a channel of a target move to a lower version")
	fs.BoolVar(&o.SkipLadder, "skip-ladder", false, "do not require the version on the channel below at the target")
	fs.IntSliceVar(&o.Waive, "waive", nil, "`NUMBER` of a contract rule to waive; repeatable; the result shows the waiver")
	o.addFormat(fs, "text", "json")
	return cmd
}

func runCopy(ctx context.Context, io *streams, o *copyOptions) error {
	if err := checkFormat(o.Format, "text", "json"); err != nil {
		return err
	}
	if err := contract.CheckWaivers(o.Waive); err != nil {
		return exit.With(exit.Usage, err, "")
	}
	t, session, err := o.open(ctx, io)
	if err != nil {
		return err
	}
	defer session.Close()
	o.Waive = append(o.Waive, t.settings.WaivedRules()...)
	if t.settings.Tag.Value == "" {
		return exit.With(exit.Usage, errors.New("no version to copy: --tag is not given"), "Give --tag vX.Y.Z or set "+settings.EnvTag+".")
	}
	request := publish.CopyRequest{
		From: t.repository, Tag: t.settings.Tag.Value, Channels: t.settings.Channels,
		Force: o.Force, AllowDowngrade: o.AllowDowngrade, SkipLadder: o.SkipLadder, Ladder: t.settings.Ladder(),
		Incomplete: slices.Contains(o.Waive, int(contract.RuleExtraImages)),
	}
	for _, source := range o.To {
		to, err := module.NewRepository(source, t.repository.Name)
		if err != nil {
			return exit.With(exit.Usage, fmt.Errorf("--to: %w", err), "")
		}
		request.To = append(request.To, to)
	}
	if found, err := o.checkSource(ctx, session, request); err != nil {
		if o.Format == "json" {
			return errors.Join(writeJSON(io.Out, map[string]any{"targets": []publishedJSON{}, "violations": found}), err)
		}
		printViolations(io.Out, found)
		return err
	}
	results, err := o.copyAndCheck(ctx, session, request)
	if o.Format == "json" {
		return errors.Join(writeJSON(io.Out, map[string]any{"targets": orEmpty(results)}), err)
	}
	for _, r := range results {
		printWrites(io.Out, r.Writes)
		printViolations(io.Out, r.Violations)
	}
	return err
}

// checkSource checks the version before the first write: a broken one must not
// get to the targets.
func (o *copyOptions) checkSource(ctx context.Context, session *registrySession, request publish.CopyRequest) ([]contract.Violation, error) {
	found, err := contract.CheckPublished(ctx, session, request.From, request.Tag, contract.Options{Waive: o.Waive, Render: session.renderer})
	if err != nil {
		return []contract.Violation{}, err
	}
	return orEmpty(found), pipeline.ViolationError(found)
}

// copyAndCheck plans all targets before the first write.
func (o *copyOptions) copyAndCheck(ctx context.Context, session *registrySession, request publish.CopyRequest) ([]publishedJSON, error) {
	plans, err := session.PlanCopy(ctx, request)
	if err != nil {
		return nil, err
	}
	for _, plan := range plans {
		if err := plan.Refusal(); err != nil {
			return nil, err
		}
	}
	var results []publishedJSON
	var broken []contract.Violation
	for _, plan := range plans {
		if err := session.Apply(ctx, plan); err != nil {
			return append(results, resultJSON(&pipeline.Result{Repository: plan.Repository, Tag: plan.Tag, Writes: done(plan.Writes)})), err
		}
		found, err := contract.CheckPublished(ctx, session, plan.Repository, plan.Tag, contract.Options{
			Waive: o.Waive, Render: session.renderer, Expected: publish.Desired(plan.Writes), Origin: &contract.Origin{Reader: session, Repository: request.From},
		})
		if err != nil {
			return results, err
		}
		results = append(results, resultJSON(&pipeline.Result{Repository: plan.Repository, Tag: plan.Tag, Writes: plan.Writes, Violations: found}))
		broken = slices.Concat(broken, found)
	}
	return results, pipeline.ViolationError(broken)
}
