package cli

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/modship/modship/pkg/publish"
)

// printHistory lists the moves of channels, the last first.
func printHistory(w io.Writer, moves []publish.ChannelMove) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\nMOVED\tCHANNEL\tFROM\tTO\tBY")
	for _, m := range slices.Backward(moves) {
		to := m.To
		if m.Back {
			to += " (back)"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", dashIfEmpty(moveTime(m)), m.Channel, dashIfEmpty(m.From), to, dashIfEmpty(m.Actor))
	}
	return table.Flush()
}

// moveTime is empty where the time of a move is not known.
func moveTime(m publish.ChannelMove) string {
	if m.Time.IsZero() {
		return ""
	}
	return m.Time.UTC().Format("2006-01-02 15:04")
}
