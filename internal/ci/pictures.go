package ci

import (
	"fmt"
	"strings"
)

// What GitHub draws of Mermaid's language: by default Mermaid refuses longer
// texts (maxTextSize) and more edges (maxEdges).
const (
	maxMermaid = 50_000
	maxEdges   = 500
)

// graph folds the module's graph, if GitHub is going to draw it.
func graph(mermaid string) string {
	if mermaid == "" {
		return ""
	}
	edges := strings.Count(mermaid, " -->") + strings.Count(mermaid, " -.->")
	if len(mermaid) > maxMermaid || edges > maxEdges {
		return "The graph is too big to be drawn here: `modship graph --format html --output graph.html` draws it.\n\n"
	}
	return picture("Graph", mermaid)
}

// timeline draws when each image was built.
func timeline(spans []Span) string {
	if len(spans) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("gantt\n    dateFormat x\n    axisFormat %M:%S\n")
	for _, s := range spans {
		state := ""
		switch {
		case s.Failed:
			state = "crit, "
		case s.Critical:
			state = "active, "
		}
		fmt.Fprintf(&b, "    %s :%s%d, %d\n", ganttName.Replace(s.Name), state, milliseconds(s.Start), max(milliseconds(s.End), milliseconds(s.Start)+1))
	}
	if b.Len() > maxMermaid {
		return ""
	}
	return picture("Timeline (highlighted: the critical path)", b.String())
}

func milliseconds(seconds float64) int64 { return int64(seconds * 1000) }

// ganttName replaces the characters that end the name of a task.
var ganttName = strings.NewReplacer(":", "_", ";", "_", "#", "_", "\n", " ")

func picture(title, mermaid string) string {
	return fmt.Sprintf("<details><summary>%s</summary>\n\n```mermaid\n%s\n```\n\n</details>\n\n", title, strings.TrimRight(mermaid, "\n"))
}
