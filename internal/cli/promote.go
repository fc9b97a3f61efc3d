package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/pipeline"
	"github.com/modship/modship/internal/settings"
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
		Short: "Put a published version on release channels",
		Long: `Moves release channels to a version that is already published. The channels are
a ladder: alpha, beta, early-access, stable, rock-solid; the one below must hold
that very version. lts stands apart. All channels of one call are decided before
the first is written.

--back returns a channel to the version it held before, by the history that is
kept in the registry; each further --back goes one version further back, like
undo. With --from it can be repeated, as CI jobs are: a channel that is no longer
on that version, because an earlier call has returned it, is kept.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runPromote(cmd.Context(), io, o) },
	}
	o.addRegistry(cmd)
	fs := cmd.Flags()
	o.addTag(fs, "published version to promote")
	o.addChannels(fs, "release channel to move, repeatable")
	fs.BoolVar(&o.AllowDowngrade, "allow-downgrade", false, "let a channel step down to a lower version; clusters that have the higher one stay on it")
	fs.BoolVar(&o.SkipLadder, "skip-ladder", false, "do not ask that the channel below holds the version")
	fs.BoolVar(&o.Back, "back", false, "return the channel to the version it held before")
	fs.StringVar(&o.From, "from", "", "with --back: the version that the channel is expected to be on")
	o.addFormat(fs, "text", "json")
	return cmd
}

func runPromote(ctx context.Context, io *streams, o *promoteOptions) error {
	if err := checkFormat(o.Format, "text", "json"); err != nil {
		return err
	}
	if o.From != "" && !o.Back {
		return exit.With(exit.Usage, errors.New("--from goes with --back"), "")
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
	applyErr := session.Apply(ctx, plan)
	if o.Format == "json" {
		out := resultJSON(&pipeline.Result{Repository: s.repository, Tag: plan.Tag, Writes: plan.Writes})
		if err := writeJSON(io.Out, out); err != nil {
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

func (o *promoteOptions) plan(ctx context.Context, t *target, session *registrySession) (*publish.Plan, error) {
	channels := t.settings.Channels
	if len(channels) == 0 {
		return nil, exit.With(exit.Usage, errors.New("no release channel to move: --channel is not given"), "Give --channel NAME or set "+settings.EnvChannel+".")
	}
	if o.Back {
		if len(channels) > 1 || o.Tag != "" {
			return nil, exit.With(exit.Usage, errors.New("--back goes with one --channel and without --tag"), "")
		}
		return session.PlanBack(ctx, publish.BackRequest{Repository: t.repository, Channel: channels[0], From: o.From})
	}
	if t.settings.Tag.Value == "" {
		return nil, exit.With(exit.Usage, errors.New("no version to promote: --tag is not given"), "Give --tag vX.Y.Z or set "+settings.EnvTag+".")
	}
	return session.PlanPromote(ctx, publish.PromoteRequest{
		Repository: t.repository, Tag: t.settings.Tag.Value, Channels: channels,
		AllowDowngrade: o.AllowDowngrade, SkipLadder: o.SkipLadder,
	})
}
