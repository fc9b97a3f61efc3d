package cli

import (
	"html/template"
	"io"
	"slices"

	"github.com/modship/modship/pkg/contract"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/publish"
)

// statusPage is a picture of the channels over the versions: a column a
// channel, a row a version, the highest on top.
var statusPage = template.Must(template.New("status").Funcs(template.FuncMap{"when": moveTime}).Parse(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{{.Status.Module}}: versions and channels</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #1c2733; }
h1 { font-size: 1.3rem; margin: 0; }
p.where { color: #5b6b7b; margin: 0 0 1.5rem; }
table { border-collapse: collapse; }
th, td { padding: .3rem .8rem; text-align: left; border-bottom: 1px solid #dde4ea; white-space: nowrap; }
th { font-weight: 600; color: #5b6b7b; }
td.cell { text-align: center; min-width: 5rem; }
td.on { background: #dbeafe; }
td.on::before { content: "●"; color: #1d4ed8; }
td.was::before { content: "○"; color: #9aa8b5; }
code { font-size: .85em; color: #5b6b7b; }
ul.problems { color: #b42318; }
h2 { font-size: 1.05rem; margin-top: 2rem; }
</style>
</head>
<body>
<h1>{{.Status.Module}}</h1>
<p class="where">{{.Status.Repository}}</p>
<table>
<tr><th>Version</th>{{range .Channels}}<th>{{.}}</th>{{end}}<th>Published</th><th>Bundle</th></tr>
{{range .Rows}}<tr><td>{{.Version}}</td>{{range .Cells}}<td class="cell {{.}}"></td>{{end}}<td>{{.Published}}</td><td><code title="{{.Bundle}}">{{printf "%.19s" .Bundle}}</code></td></tr>
{{end}}</table>
<p class="where">● the channel is on this version now, ○ it was before</p>
{{with .Problems}}<h2>Problems</h2><ul class="problems">{{range .}}<li>{{.}}</li>{{end}}</ul>{{end}}
{{with .Moves}}<h2>Moves of channels</h2>
<table><tr><th>When</th><th>Channel</th><th>From</th><th>To</th><th>By</th></tr>
{{range .}}<tr><td>{{when .}}</td><td>{{.Channel}}</td><td>{{.From}}</td><td>{{.To}}{{if .Back}} (back){{end}}</td><td>{{.Actor}}</td></tr>
{{end}}</table>{{end}}
</body>
</html>
`))

type statusRow struct {
	Version, Published, Bundle string
	Cells                      []string // a CSS class a channel: "on", "was" or ""
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
