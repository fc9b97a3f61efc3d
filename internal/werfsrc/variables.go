package werfsrc

import "regexp"

// envCall is a template's look-up of an environment variable, env "NAME", and
// what follows it: a second argument is the default.
var envCall = regexp.MustCompile(`\benv\s+"([A-Za-z_][A-Za-z0-9_]*)"([ \t]*[^ \t]?)`)

// Variables returns the names of the environment variables that the templates
// of werf.yaml look up, sorted: those in werf.yaml, in .werf and in templates
// below images. A name that a template puts together is not found.
func (p Project) Variables() []string {
	return p.variables(func([]string) bool { return true })
}

// RequiredVariables returns those that have no default in at least one place,
// so that rendering this place fails if they are not set.
func (p Project) RequiredVariables() []string {
	return p.variables(func(call []string) bool { return !hasDefault(call[2]) })
}

// VariablesOf returns the names that one file looks up.
func (p Project) VariablesOf(file string) []string {
	var names []string
	p.each(func(name string, data []byte) {
		if name != file {
			return
		}
		for _, call := range envCall.FindAllSubmatch(data, -1) {
			names = append(names, string(call[1]))
		}
	})
	return uniq(names)
}

func (p Project) variables(wanted func(call []string) bool) []string {
	var names []string
	p.each(func(_ string, data []byte) {
		for _, call := range envCall.FindAllStringSubmatch(string(data), -1) {
			if wanted(call) {
				names = append(names, call[1])
			}
		}
	})
	return uniq(names)
}

// hasDefault reports whether the text behind env "NAME" is another argument:
// a string, a variable, a field or an expression in parentheses.
func hasDefault(rest string) bool {
	for _, r := range rest {
		switch r {
		case ' ', '\t':
			continue
		case '"', '`', '$', '.', '(':
			return true
		}
		return false
	}
	return false
}
