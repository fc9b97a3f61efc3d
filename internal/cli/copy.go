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
		Short: "Copy a published version to another registry",
		Long: `Copies a published version to other module sources, for example from a
development to a production registry, or to each edition of one: every image that
images_digests.json names, extra images, attestations, release image, bundle and
registration tag, and with --channel the release channels. Manifests are copied
byte for byte, and what a target has already is not sent again. The version is
checked as a cluster would read it, before the first write where it is and then at
each target.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runCopy(cmd.Context(), io, o) },
	}
	o.addRegistry(cmd)
	fs := cmd.Flags()
	o.addTag(fs, "published version to copy")
	fs.StringSliceVar(&o.To, "to", nil, "module source to copy to, <registry>/<path>, repeatable")
	o.addChannels(fs, "release channel to move at the targets, repeatable")
	fs.BoolVar(&o.Force, "force", false, "overwrite a version tag that exists at a target with other content, unless a channel points to it")
	fs.BoolVar(&o.AllowDowngrade, "allow-downgrade", false, "let a channel of a target step down to a lower version")
	fs.BoolVar(&o.SkipLadder, "skip-ladder", false, "do not ask that the channel below holds the version at the target")
	fs.IntSliceVar(&o.Waive, "waive", nil, "number of a contract rule to waive, repeatable; the waiver is shown in the result")
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
		Force: o.Force, AllowDowngrade: o.AllowDowngrade, SkipLadder: o.SkipLadder,
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
