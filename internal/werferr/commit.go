package werferr

import (
	"fmt"
	"slices"
	"strings"
)

// maxFiles is how many files a message names.
const maxFiles = 3

// NotCommitted is the error for files that the commit lacks, or has with other
// content if changed is set.
func NotCommitted(files []string, changed bool) *Error {
	names := strings.Join(files[:min(maxFiles, len(files))], ", ")
	if more := len(files) - maxFiles; more > 0 {
		names += fmt.Sprintf(" and %d more", more)
	}
	is, has, them, it := "is", "has", files[0], "it"
	if len(files) > 1 {
		is, has, them, it = "are", "have", "them", "them"
	}
	what := is + " not committed"
	if changed {
		what = has + " changes that are not committed"
	}
	return &Error{
		Kind:    Module,
		Message: fmt.Sprintf("%s %s: werf builds the commit, not the work tree", names, what),
		Hint:    fmt.Sprintf("Commit %s, or build with --dev (or --loose-giterminism) while you work on %s.", them, it),
	}
}

func explainListed(changed bool) func(*report, []string) (message, hint string) {
	return func(_ *report, groups []string) (message, hint string) {
		err := NotCommitted(listedFiles(groups[1]), changed)
		return err.Message, err.Hint
	}
}

// listedFiles are the files in the list that werf appends to a message.
func listedFiles(list string) []string {
	var files []string
	for line := range strings.SplitSeq(list, "\n") {
		file, ok := strings.CutPrefix(strings.TrimSpace(line), "- ")
		if !ok {
			break
		}
		files = append(files, file)
	}
	return slices.Compact(files)
}
