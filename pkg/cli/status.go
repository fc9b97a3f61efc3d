package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/modship/modship/pkg/contract"
	"github.com/modship/modship/pkg/publish"
)

func newStatusCommand(io *streams) *cobra.Command {
	o := &registryOptions{}
	cmd := &cobra.Command{
		Use:   "status",
		Short: "List the versions and channels in the registry",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return runStatus(cmd.Context(), io, o) },
	}
	o.addRegistry(cmd)
	o.addFormat(cmd.Flags(), "text", "json")
	return cmd
}

// statusJSON is the status with the violations that all machine output has.
type statusJSON struct {
	*publish.Status
	Violations []contract.Violation `json:"violations"`
}

func runStatus(ctx context.Context, io *streams, o *registryOptions) error {
	t, session, err := o.open(ctx, io)
	if err != nil {
		return err
	}
	defer session.Close()
	status, err := session.Status(ctx, t.repository)
	if err != nil {
		return err
	}
	if o.Format == "json" {
		return writeJSON(io.Out, statusJSON{status, []contract.Violation{}})
	}
	return printStatus(io.Out, status)
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
	for i := len(s.Versions) - 1; i >= 0; i-- {
		v := s.Versions[i]
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
	printStatusProblems(w, s)
	return nil
}

func printStatusProblems(w io.Writer, s *publish.Status) {
	for _, p := range s.Problems {
		fmt.Fprintf(w, "problem: %s\n", p)
	}
	for _, v := range s.Versions {
		for _, p := range v.Problems {
			fmt.Fprintf(w, "problem: %s %s\n", v.Version, p)
		}
	}
	for _, ch := range s.Channels {
		for _, p := range ch.Problems {
			fmt.Fprintf(w, "problem: channel %s %s\n", ch.Channel, p)
		}
	}
}

func dashIfEmpty(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
