package contract

import (
	"path"
	"strings"
)

// ignoreRules are the patterns of a .helmignore. Helm reads them like git but
// for negation: a negated pattern ignores everything that does not match it.
type ignoreRules []ignoreRule

type ignoreRule struct {
	pattern string
	negate  bool
	dirOnly bool
	whole   bool // matched against the whole path, not the last element
}

// parseIgnore reads a .helmignore. Patterns that Helm would refuse are left
// out.
func parseIgnore(text string) ignoreRules {
	var rules ignoreRules
	for _, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(strings.TrimPrefix(line, "\ufeff"))
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		var r ignoreRule
		line, r.negate = strings.CutPrefix(line, "!")
		line, r.dirOnly = strings.CutSuffix(line, "/")
		trimmed, anchored := strings.CutPrefix(line, "/")
		r.whole = anchored || strings.Contains(line, "/")
		r.pattern = strings.TrimPrefix(trimmed, "./")
		if _, err := path.Match(r.pattern, ""); err == nil && r.pattern != "" {
			rules = append(rules, r)
		}
	}
	return rules
}

// ignores tells whether Helm leaves a path out of the chart. A directory that
// is ignored takes everything below it along.
func (rules ignoreRules) ignores(name string) bool {
	for i := range len(name) {
		if name[i] == '/' && rules.matches(name[:i], true) {
			return true
		}
	}
	return rules.matches(name, false)
}

func (rules ignoreRules) matches(name string, dir bool) bool {
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
