package scaffold

import (
	"regexp"
	"strings"
)

// reference is how modship.yaml takes the value of a variable.
func reference(name string) string { return "${" + name + "}" }

// referencePattern finds variables in a value as the shell and modship.yaml
// write them.
var referencePattern = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-[^}]*)?\}|\$([A-Za-z_][A-Za-z0-9_]*)`)

// references returns the names of the variables that a value takes.
func references(value string) []string {
	var names []string
	for _, m := range referencePattern.FindAllStringSubmatch(value, -1) {
		names = append(names, m[1]+m[2]) // one of them is empty
	}
	return names
}

// scope holds the variables known at a step of a CI job.
type scope struct {
	variables map[string]string // of the environment
	outputs   map[string]string // of earlier steps, by "id.name"
	matrix    map[string]string
	opts      Options
	contexts  map[string]string // where GitHub has a variable: vars or secrets
	// ofJob returns an output of another job; nil where there are none.
	ofJob func(job, output string) (string, bool)
}

// expand replaces variables whose values are known; the others stay.
func (s *scope) expand(value string) string {
	for range 8 { // values may take others, but not for ever
		next := referencePattern.ReplaceAllStringFunc(value, func(found string) string {
			m := referencePattern.FindStringSubmatch(found)
			name := m[1] + m[2]
			if v, known := s.variables[name]; known && v != reference(name) {
				return v
			}
			return reference(name)
		})
		if next == value {
			break
		}
		value = next
	}
	return value
}

// expressionPattern finds expressions of GitHub workflows.
var expressionPattern = regexp.MustCompile(`\$\{\{\s*([^}]*?)\s*\}\}`)

// translate replaces GitHub's expressions. It reports whether all of them have a
// meaning outside of a run.
func (s *scope) translate(value string) (string, bool) {
	ok := true
	translated := expressionPattern.ReplaceAllStringFunc(value, func(found string) string {
		v, known := s.expression(expressionPattern.FindStringSubmatch(found)[1])
		ok = ok && known
		return v
	})
	return s.expand(translated), ok
}

func (s *scope) expression(text string) (string, bool) {
	context, name, _ := strings.Cut(text, ".")
	switch context {
	case "vars", "secrets":
		s.contexts[name] = context
		return reference(name), isName(name)
	case "env":
		return reference(name), isName(name)
	case "matrix":
		v, known := s.matrix[name]
		return v, known
	case "steps":
		v, known := s.outputs[strings.Replace(name, ".outputs.", ".", 1)]
		return v, known
	}
	if job, output, ok := strings.Cut(name, ".outputs."); ok && context == "needs" && s.ofJob != nil {
		return s.ofJob(job, output)
	}
	switch text {
	case "github.repository_owner":
		return strings.ToLower(s.opts.Owner), s.opts.Owner != ""
	case "github.event.repository.name":
		return s.opts.Repository, s.opts.Repository != ""
	case "github.repository":
		return strings.ToLower(s.opts.Owner + "/" + s.opts.Repository), s.opts.Owner != ""
	}
	return "", false
}

var namePattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func isName(s string) bool { return namePattern.MatchString(s) }
