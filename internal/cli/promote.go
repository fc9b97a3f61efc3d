package cli

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/pipeline"
	"github.com/modship/modship/internal/settings"
	"github.com/modship/modship/pkg/contract"
	"github.com/modship/modship/pkg/publish"
)

type promoteOptions struct {
	registryOptions
	AllowDowngrade bool
	SkipLadder     bool
	Back           bool
	From           string
}

func newPromoteCommand(io *streams) *cobra.Command {
	o := &promoteOptions{}
	cmd := &cobra.Command{
		Use:   "promote --tag VERSION --channel NAME",
		Short: "Move release channels to a published version",
		Long: `Moves release channels to a version that is already published. The channels form
a ladder: alpha, beta, early-access, stable, rock-solid. A channel moves to a
version only if the channel below is on that version. lts is not part of the
ladder. All channels of one call are checked before the first one is moved.

--back returns a channel to the version it was on before, according to the history
in the registry. Each further --back goes one more version back, like undo. --from
makes --back idempotent, so that a CI job can be retried: a channel that an earlier
attempt has already returned from that version stays where it is.`,
		Example: `  modship promote --tag v1.2.3 --channel alpha
  modship promote --tag v1.2.3 --channel beta,early-access
  modship promote --channel alpha --back --from v1.2.3`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runPromote(cmd.Context(), io, o) },
	}
	o.addRegistry(cmd)
	fs := cmd.Flags()
	o.addTag(fs, "published `VERSION` to promote")
	o.addChannels(fs, "release `CHANNEL` to move; repeatable")
	fs.BoolVar(&o.AllowDowngrade, "allow-downgrade", false, "let a channel move to a lower version; clusters that run the higher one stay on it")
	fs.BoolVar(&o.SkipLadder, "skip-ladder", false, "do not require the version on the channel below")
	fs.BoolVar(&o.Back, "back", false, "return the channel to the version it was on before")
	fs.StringVar(&o.From, "from", "", "with --back: the `VERSION` that the channel is expected to be on")
	o.addFormat(fs, "text", "json")
	return cmd
}

func runPromote(ctx context.Context, io *streams, o *promoteOptions) error {
	if err := checkFormat(o.Format, "text", "json"); err != nil {
		return err
	}
	if o.From != "" && !o.Back {
		return exit.With(exit.Usage, errors.New("--from is only valid with --back"), "")
	}
	s, session, err := o.open(ctx, io)
	if err != nil {
		return err
	}
	defer session.Close()
	plan, err := o.plan(ctx, s, session)
	if err != nil {
		return err
	}
	if err := checkImages(ctx, session, plan); err != nil {
		return err
	}
	applyErr := session.Apply(ctx, plan)
	result := &pipeline.Result{Repository: s.repository, Tag: plan.Tag, Writes: plan.Writes}
	io.report(ciReport("promote", s.settings.Dir.Value, result))
	if o.Format == "json" {
		if err := writeJSON(io.Out, resultJSON(result)); err != nil {
			return err
		}
		return applyErr
	}
	if applyErr != nil {
		printWrites(io.Out, done(plan.Writes))
		return applyErr
	}
	printWrites(io.Out, plan.Writes)
	return nil
}

// checkImages checks that every image of the version is whole before a channel
// is moved to it: a registry may have lost parts since it was published.
func checkImages(ctx context.Context, session *registrySession, plan *publish.Plan) error {
	if plan.Refusal() != nil || !slices.ContainsFunc(plan.Writes, func(w publish.Write) bool { return w.Action == publish.Create || w.Action == publish.Move }) {
		return nil
	}
	bundle, found, err := session.Digest(ctx, plan.Repository.Bundle(plan.Tag))
	if err != nil || !found {
		return err
	}
	broken, err := contract.CheckKept(ctx, session, plan.Repository, map[string]string{plan.Tag: bundle}, contract.KeptOptions{Blobs: true})
	if err != nil || len(broken) == 0 {
		return err
	}
	return exit.With(exit.Violated, errors.New(broken[0].String()), "Publish the content again as a new version: clusters could not pull the images.")
}

func (o *promoteOptions) plan(ctx context.Context, t *target, session *registrySession) (*publish.Plan, error) {
	channels := t.settings.Channels
	if len(channels) == 0 {
		return nil, exit.With(exit.Usage, errors.New("no release channel to move: --channel is not given"), "Give --channel NAME or set "+settings.EnvChannel+".")
	}
	if o.Back {
		if len(channels) > 1 || o.Tag != "" {
			return nil, exit.With(exit.Usage, errors.New("--back takes exactly one --channel and no --tag"), "")
		}
		return session.PlanBack(ctx, publish.BackRequest{Repository: t.repository, Channel: channels[0], From: o.From})
	}
	if t.settings.Tag.Value == "" {
		return nil, exit.With(exit.Usage, errors.New("no version to promote: --tag is not given"), "Give --tag vX.Y.Z or set "+settings.EnvTag+".")
	}
	return session.PlanPromote(ctx, publish.PromoteRequest{
		Repository: t.repository, Tag: t.settings.Tag.Value, Channels: channels,
		AllowDowngrade: o.AllowDowngrade, SkipLadder: o.SkipLadder, Ladder: t.settings.Ladder(),
	})
}
