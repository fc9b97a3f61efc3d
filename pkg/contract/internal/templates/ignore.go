package templates

import (
	"fmt"
	"path"
	"strings"

	"github.com/modship/modship/pkg/contract/internal/artifact"
)

// Ignore are the patterns of a .helmignore. Helm reads them like git but
// for negation: a negated pattern ignores everything that does not match it.
// Helm's own package (pkg/ignore) is not used, because it comes with werf here.
type Ignore []ignoreRule

type ignoreRule struct {
	pattern string
	negate  bool
	dirOnly bool
	whole   bool // matched against the whole path, not the last element
}

// IgnoreOf returns the .helmignore by which Helm leaves files of a tree out of
// the chart. Without Chart.yaml the chart comes from addon-operator and there is
// none; one that cannot be read keeps Helm from loading the chart at all.
func IgnoreOf(t *artifact.Tree) Ignore {
	if t.File(artifact.ChartFile) == nil {
		return nil
	}
	data, _ := t.Data(artifact.IgnoreFile)
	ignore, _ := ParseIgnore(string(data)) // rule 37 reports the error
	return ignore
}

// ParseIgnore reads a .helmignore. A pattern that Helm refuses is an error, as
// it is for Helm.
func ParseIgnore(text string) (Ignore, error) {
	var rules Ignore
	for i, line := range strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if strings.Contains(line, "**") {
			return nil, fmt.Errorf("line %d is %q: Helm does not support **", i+1, line)
		}
		if _, err := path.Match(line, "abc"); err != nil { // like Helm, before what follows is cut off
			return nil, fmt.Errorf("line %d is %q, which is no pattern: a [ without its ], or a \\ at the end", i+1, line)
		}
		rules = append(rules, parseIgnoreRule(line))
	}
	return append(rules, ignoreRule{pattern: "templates/.?*", whole: true}), nil // Helm's default
}

func parseIgnoreRule(line string) ignoreRule {
	var r ignoreRule
	line, r.negate = strings.CutPrefix(line, "!")
	line, r.dirOnly = strings.CutSuffix(line, "/")
	r.whole = strings.Contains(line, "/")
	r.pattern = strings.TrimPrefix(line, "/") // not "./": Helm finds no file by that
	return r
}

// Ignores reports whether Helm leaves a path out of the chart. A directory that
// is ignored takes everything below it along.
func (rules Ignore) Ignores(name string) bool {
	for i := range len(name) {
		if name[i] == '/' && rules.matches(name[:i], true) {
			return true
		}
	}
	return rules.matches(name, false)
}

func (rules Ignore) matches(name string, dir bool) bool {
	for _, r := range rules {
		subject := name
		if !r.whole {
			subject = path.Base(name)
		}
		matched, _ := path.Match(r.pattern, subject) // patterns are checked when parsed
		wrongType := r.dirOnly && !dir
		if r.negate && (wrongType || !matched) || !r.negate && matched && !wrongType {
			return true
		}
	}
	return false
}
