package render

import (
	"fmt"
	"slices"
	"strings"

	"github.com/modship/modship/pkg/graph"
)

// watchingStages are the stages that can watch files, in their order.
var watchingStages = []string{"install", "beforeSetup", "setup"}

// addsOf are the entries of an image that add files of a source.
func addsOf(n graph.Node, source string) []graph.GitEntry {
	var list []graph.GitEntry
	for _, e := range n.Adds {
		if e.Source == source {
			list = append(list, e)
		}
	}
	return list
}

// watchers says which stages of an image watch which files of a source, ""
// when none does.
func watchers(n graph.Node, source string) string {
	var list []string
	for _, e := range addsOf(n, source) {
		for _, stage := range watchingStages {
			if globs := e.StageDependencies[stage]; len(globs) > 0 {
				list = append(list, stage+": "+strings.Join(globs, ", "))
			}
		}
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), "; ")
}

// gitDetails describe the entries of an image, one line for what each adds and
// one for each stage that watches it.
func gitDetails(n graph.Node) []pageDetail {
	var list []pageDetail
	for _, e := range n.Adds {
		where := fmt.Sprintf("%s to %s", e.Add, e.To)
		if strings.Contains(e.Source, "://") {
			where = nameOf(e.Source) + ": " + where
		}
		text := where
		if len(e.IncludePaths) > 0 {
			text += ", only " + strings.Join(e.IncludePaths, ", ")
		}
		if len(e.ExcludePaths) > 0 {
			text += ", without " + strings.Join(e.ExcludePaths, ", ")
		}
		list = append(list, pageDetail{"adds", text})
		for _, stage := range watchingStages {
			if globs := e.StageDependencies[stage]; len(globs) > 0 {
				list = append(list, pageDetail{stage + " watches", fmt.Sprintf("%s in %s", strings.Join(globs, ", "), e.Add)})
			}
		}
	}
	return list
}
