package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/modship/modship/internal/pipeline"
	"github.com/modship/modship/pkg/contract"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/publish"
)

type statusOptions struct {
	registryOptions
	History bool
	Check   bool
}

func newStatusCommand(io *streams) *cobra.Command {
	o := &statusOptions{}
	cmd := &cobra.Command{
		Use:   "status",
		Short: "List the versions and channels in the registry",
		Long: `Lists the published versions of a module, the release channels that are on them,
and their problems. For versions on a channel, status checks that the registry
still has every image in their images_digests.json; an image that a cleanup has
deleted is shown as a violation of rule 45. The exit code is 0 whatever is found.
With --check it is that of verify --all: 3 if a rule is violated that breaks a
consumer.

--history lists the moves of the channels. The first version of a channel has no
time and no name if the module had no other version when it was promoted: such a
move leaves no entry in the registry.`,
		Example: `  modship status
  modship status --history
  modship status --check --format json
  modship status --format html > status.html`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runStatus(cmd.Context(), io, o) },
	}
	o.addRegistry(cmd)
	cmd.Flags().BoolVar(&o.History, "history", false, "list the moves of the channels: when, by whom, from and to which version")
	cmd.Flags().BoolVar(&o.Check, "check", false, "also run the checks of verify --all, and exit with 3 if a consumer breaks")
	o.addFormat(cmd.Flags(), "text", "json", "html")
	return cmd
}

// statusJSON is the status with the violations that all machine output has.
type statusJSON struct {
	*publish.Status
	History    []publish.ChannelMove `json:"history,omitzero"` // nil: not asked for
	Violations []contract.Violation  `json:"violations"`
}

func runStatus(ctx context.Context, io *streams, o *statusOptions) error {
	if err := checkFormat(o.Format, "text", "json", "html"); err != nil {
		return err
	}
	t, session, err := o.open(ctx, io)
	if err != nil {
		return err
	}
	defer session.Close()
	status, err := session.Status(ctx, t.repository)
	if err != nil {
		return err
	}
	var moves []publish.ChannelMove
	if o.History || o.Format == "html" {
		history, err := session.History(ctx, t.repository)
		if err != nil {
			return err
		}
		moves = history.Timeline(status)
	}
	found, err := o.check(ctx, session, t.repository, status)
	if err != nil {
		return err
	}
	if err := o.print(io.Out, status, moves, found); err != nil || !o.Check {
		return err
	}
	return pipeline.ViolationError(found)
}

func (o *statusOptions) print(w io.Writer, status *publish.Status, moves []publish.ChannelMove, found []contract.Violation) error {
	switch o.Format {
	case "json":
		return writeJSON(w, statusJSON{status, moves, orEmpty(found)})
	case "html":
		return writeStatusHTML(w, status, moves, found)
	}
	if err := printStatus(w, status); err != nil {
		return err
	}
	printViolations(w, found)
	if !o.History {
		return nil
	}
	return printHistory(w, moves)
}

// check is the whole contract, or whether the images of versions on channels
// are there: what a cleanup breaks, at the cost of one look at each.
func (o *statusOptions) check(ctx context.Context, session *registrySession, repository module.Repository, status *publish.Status) ([]contract.Violation, error) {
	if o.Check {
		history, err := channelHistory(ctx, session, repository)
		if err != nil {
			return nil, err
		}
		return contract.CheckModule(ctx, session, repository, contract.Options{Render: session.renderer, History: history, Blobs: true})
	}
	return contract.CheckKept(ctx, session, repository, bundlesOnChannels(status), contract.KeptOptions{})
}

// bundlesOnChannels are the bundles of the versions that channels are on, by
// version.
func bundlesOnChannels(s *publish.Status) map[string]string {
	bundles := map[string]string{}
	for _, v := range s.Versions {
		onChannel := slices.ContainsFunc(s.Channels, func(ch publish.ChannelStatus) bool { return ch.Version == v.Version })
		if onChannel && v.Bundle != "" {
			bundles[v.Version] = v.Bundle
		}
	}
	return bundles
}

func printStatus(w io.Writer, s *publish.Status) error {
	fmt.Fprintf(w, "%s\n", s.Repository)
	if len(s.Versions) == 0 {
		fmt.Fprintln(w, "no version is published")
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if len(s.Versions) > 0 {
		fmt.Fprintln(table, "VERSION\tPUBLISHED\tCHANNELS\tBUNDLE")
	}
	for _, v := range slices.Backward(s.Versions) {
		published := "-"
		if v.Published != nil {
			published = v.Published.UTC().Format("2006-01-02 15:04")
		}
		var channels []string
		for _, ch := range v.Channels {
			channels = append(channels, string(ch))
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", v.Version, published, dashIfEmpty(strings.Join(channels, ",")), dashIfEmpty(v.Bundle))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if len(s.DevTags) > 0 {
		fmt.Fprintf(w, "dev tags: %s\n", strings.Join(s.DevTags, ", "))
	}
	for _, p := range statusProblems(s) {
		fmt.Fprintf(w, "problem: %s\n", p)
	}
	return nil
}

// statusProblems are the problems of the module, its versions and channels.
func statusProblems(s *publish.Status) []string {
	list := slices.Clone(s.Problems)
	for _, v := range s.Versions {
		for _, p := range v.Problems {
			list = append(list, v.Version+" "+p)
		}
	}
	for _, ch := range s.Channels {
		for _, p := range ch.Problems {
			list = append(list, fmt.Sprintf("channel %s %s", ch.Channel, p))
		}
	}
	return list
}

func dashIfEmpty(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
