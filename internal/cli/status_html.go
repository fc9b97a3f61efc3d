package cli

import (
	"embed"
	"html/template"
	"io"
	"slices"

	"github.com/modship/modship/pkg/contract"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/publish"
)

//go:embed assets/status.html
var statusAssets embed.FS

// statusPage draws the channels over the versions: one column per channel, one
// row per version, the highest on top.
var statusPage = template.Must(template.New("status.html").
	Funcs(template.FuncMap{"when": moveTime}).
	ParseFS(statusAssets, "assets/status.html"))

type statusRow struct {
	Version, Published, Bundle string
	Cells                      []string // a CSS class per channel: "on", "was" or ""
}

func writeStatusHTML(w io.Writer, s *publish.Status, moves []publish.ChannelMove, found []contract.Violation) error {
	moves = slices.Clone(moves)
	slices.Reverse(moves)
	problems := statusProblems(s)
	for _, v := range found {
		problems = append(problems, v.String())
	}
	return statusPage.Execute(w, map[string]any{
		"Status": s, "Channels": module.Channels(), "Rows": statusRows(s, moves), "Problems": problems, "Moves": moves,
	})
}

func statusRows(s *publish.Status, moves []publish.ChannelMove) []statusRow {
	var rows []statusRow
	for _, v := range slices.Backward(s.Versions) {
		row := statusRow{Version: v.Version, Bundle: v.Bundle}
		if v.Published != nil {
			row.Published = v.Published.UTC().Format("2006-01-02 15:04")
		}
		for _, ch := range module.Channels() {
			class := ""
			switch {
			case slices.Contains(v.Channels, ch):
				class = "on"
			case slices.ContainsFunc(moves, func(m publish.ChannelMove) bool {
				return m.Channel == ch && (m.From == v.Version || m.To == v.Version)
			}):
				class = "was"
			}
			row.Cells = append(row.Cells, class)
		}
		rows = append(rows, row)
	}
	return rows
}
