package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/pipeline"
	"github.com/modship/modship/pkg/contract"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/publish"
)

type verifyOptions struct {
	registryOptions
	All   bool
	List  bool
	Waive []int
}

func newVerifyCommand(io *streams) *cobra.Command {
	o := &verifyOptions{}
	cmd := &cobra.Command{
		Use:   "verify [--tag TAG | --channel NAME | --all]",
		Short: "Check published versions as clusters read them",
		Long: `Reads a published version, a release channel or the whole module as clusters and
mirrors do, and reports every contract rule that is violated. --list prints the
rules. The exit code is 3 if a rule is violated that breaks a consumer.

With both a tag and a channel, given by flags or by the environment, verify checks
whether the channel could be moved to the version; a channel that is already on the
version is read as clusters read it. --all cannot be combined with --tag or
--channel and ignores their variables.`,
		Example: `  modship verify --tag v1.2.3
  modship verify --channel stable
  modship verify --all
  modship verify --list`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runVerify(cmd.Context(), io, o) },
	}
	o.addRegistry(cmd)
	fs := cmd.Flags()
	o.addTag(fs, "published `TAG` to check")
	o.addChannels(fs, "release `CHANNEL` to check; repeatable")
	fs.BoolVar(&o.All, "all", false, "check all versions and channels of the module")
	fs.BoolVar(&o.List, "list", false, "print the rules without checking anything")
	fs.IntSliceVar(&o.Waive, "waive", nil, "`NUMBER` of a contract rule to waive; repeatable; the result shows the waiver")
	o.addFormat(fs, "text", "json")
	return cmd
}

func runVerify(ctx context.Context, io *streams, o *verifyOptions) error {
	if err := checkFormat(o.Format, "text", "json"); err != nil {
		return err
	}
	if o.List {
		return listRules(io.Out, o.Format)
	}
	if o.All && (o.Tag != "" || len(o.Channels) > 0) {
		return exit.With(exit.Usage, errors.New("--all cannot be combined with --tag or --channel: it checks every version and channel"), "")
	}
	t, session, err := o.open(ctx, io)
	if err != nil {
		return err
	}
	defer session.Close()
	found, what, err := o.check(ctx, t, session)
	if err != nil {
		return err
	}
	io.report(ciReport("verify", t.settings.Dir.Value, &pipeline.Result{Repository: t.repository, Tag: t.settings.Tag.Value, Violations: found}))
	if o.Format == "json" {
		if err := writeJSON(io.Out, map[string]any{"violations": orEmpty(found)}); err != nil {
			return err
		}
	} else {
		printViolations(io.Out, found)
	}
	if err := pipeline.ViolationError(found); err != nil {
		return err
	}
	if o.Format != "json" {
		fmt.Fprintf(io.Out, "%s: %s\n", what, verdict(found))
	}
	return nil
}

// verdict returns the sentence about a check that found no errors. It names waived
// ones: waiving a rule does not make the module readable.
func verdict(found []contract.Violation) string {
	var waived []string
	for _, v := range found {
		if number := fmt.Sprint(v.Rule); v.Waived && v.Severity == contract.Error && !slices.Contains(waived, number) {
			waived = append(waived, number)
		}
	}
	if len(waived) > 0 {
		return "consumers can read it, except for the waived rules " + strings.Join(waived, ", ")
	}
	return "consumers can read it"
}

// check runs the rules on what the flags name, and says what that is.
func (o *verifyOptions) check(ctx context.Context, t *target, session *registrySession) (found []contract.Violation, what string, err error) {
	opts, err := o.options(ctx, t, session)
	if err != nil {
		return nil, "", err
	}
	tag, channels := t.settings.Tag.Value, channelNames(t.settings.Channels)
	switch {
	case o.All:
		found, err = contract.CheckModule(ctx, session, t.repository, opts)
		return found, t.repository.String(), err
	case tag != "" && len(t.settings.Channels) > 0:
		found, err = checkMoves(ctx, t, session, opts)
		return found, fmt.Sprintf("%s on %s", tag, channels), err
	case len(t.settings.Channels) > 0:
		found, err = checkChannels(ctx, t, session, t.settings.Channels, opts)
		return found, t.repository.ReleaseRepo() + ":" + channels, err
	case tag != "":
		found, err = contract.CheckPublished(ctx, session, t.repository, tag, opts)
		return found, t.repository.Bundle(tag), err
	default:
		return nil, "", exit.With(exit.Usage, errors.New("nothing to check: --tag, --channel or --all is expected"), "")
	}
}

// checkMoves checks what moving channels to the tag would do, and those that
// are on it already as channels.
func checkMoves(ctx context.Context, t *target, session *registrySession, opts contract.Options) ([]contract.Violation, error) {
	tag := t.settings.Tag.Value
	version, _, err := session.Digest(ctx, t.repository.Release(tag))
	if err != nil {
		return nil, err
	}
	var there []module.Channel
	for _, ch := range t.settings.Channels {
		digest, found, err := session.Digest(ctx, t.repository.Channel(ch))
		if err != nil {
			return nil, err
		}
		if found && digest == version {
			there = append(there, ch)
		}
	}
	found, err := checkChannels(ctx, t, session, there, opts)
	if err != nil || len(there) == len(t.settings.Channels) {
		return found, err
	}
	moves, err := contract.CheckPromotion(ctx, session, t.repository, tag, t.settings.Channels, opts)
	return withNew(found, moves), err
}

// withNew adds the violations that are not in found yet: several checks read the same
// version.
func withNew(found, more []contract.Violation) []contract.Violation {
	for _, v := range more {
		if !slices.Contains(found, v) {
			found = append(found, v)
		}
	}
	return found
}

func checkChannels(ctx context.Context, t *target, session *registrySession, channels []module.Channel, opts contract.Options) ([]contract.Violation, error) {
	var found []contract.Violation
	for _, ch := range channels {
		one, err := contract.CheckChannel(ctx, session, t.repository, ch, opts)
		if err != nil {
			return nil, err
		}
		found = withNew(found, one)
	}
	return found, nil
}

func channelNames(channels []module.Channel) string {
	var names []string
	for _, ch := range channels {
		names = append(names, string(ch))
	}
	return strings.Join(names, ", ")
}

// options give the rules the history of the channels where they ask for it.
func (o *verifyOptions) options(ctx context.Context, t *target, session *registrySession) (contract.Options, error) {
	opts := contract.Options{Waive: append(o.Waive, t.settings.WaivedRules()...), Render: session.renderer, Blobs: true, Ladder: t.settings.Ladder()}
	if err := contract.CheckWaivers(o.Waive); err != nil {
		return opts, exit.With(exit.Usage, err, "")
	}
	if !o.All && len(t.settings.Channels) == 0 {
		return opts, nil
	}
	var err error
	opts.History, err = channelHistory(ctx, session, t.repository)
	return opts, err
}

// channelHistory is what the rules want to know of the history of the channels.
func channelHistory(ctx context.Context, session *registrySession, repository module.Repository) ([]contract.Move, error) {
	history, err := session.History(ctx, repository)
	if err != nil {
		return nil, err
	}
	return movesOf(history), nil
}

func movesOf(history *publish.History) []contract.Move {
	var moves []contract.Move
	for _, m := range history.Moves {
		for _, version := range []string{m.From, m.To} {
			if module.IsVersion(version) { // else a release image that could not be read
				moves = append(moves, contract.Move{Channel: m.Channel, Version: version})
			}
		}
	}
	for _, p := range history.Publications { // a channel's first version has no move
		for _, ch := range p.Channels {
			moves = append(moves, contract.Move{Channel: ch, Version: p.Version})
		}
	}
	return moves
}

func listRules(w io.Writer, format string) error {
	if format == "json" {
		return writeJSON(w, contract.Rules())
	}
	for _, r := range contract.Rules() {
		fmt.Fprintf(w, "%2d %-7s %s\n   requires: %s\n   protects: %s\n   fix: %s\n", r.Number, r.Severity, r.Name, r.Requires, r.Protects, r.Fix)
		if r.Limits != "" {
			fmt.Fprintf(w, "   limits: %s\n", r.Limits)
		}
		scopes := make([]string, len(r.Scopes))
		for i, scope := range r.Scopes {
			scopes[i] = string(scope)
		}
		fmt.Fprintf(w, "   checked: %s\n", strings.Join(scopes, ", "))
	}
	return nil
}
