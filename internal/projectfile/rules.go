package projectfile

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// check returns what the schema cannot express.
func (f *File) check() []Problem {
	var list []Problem
	report := func(path []string, format string, args ...any) {
		list = append(list, problemAt(f.positions[join(path)], fmt.Sprintf(format, args...)))
	}
	if f.DefaultTarget != "" {
		if _, err := f.Target(f.DefaultTarget); err != nil {
			report([]string{"defaultTarget"}, "defaultTarget: there is no target %q%s", f.DefaultTarget, expected(f.DefaultTarget, f.TargetNames()))
		}
	}
	checkEnvironment([]string{"environment"}, f.Environment, report)
	for _, name := range sortedKeys(f.Targets) {
		target := f.Targets[name]
		if strings.Contains(name, ",") {
			report([]string{"targets", name}, "a target name has no comma: --target takes a list")
		}
		checkEnvironment([]string{"targets", name, "environment"}, target.Environment, report)
		checkLogin([]string{"targets", name, "source"}, target.Source, report)
	}
	for i, file := range f.Files {
		path := []string{"files", strconv.Itoa(i)}
		checkLogin(step(path, "url"), file.URL, report)
		if !filepath.IsLocal(file.Path) {
			report(step(path, "path"), "%s is outside of the project directory", file.Path)
		}
	}
	for i, w := range f.WaivedRules {
		if (w.Rule == 0) == (w.Check == "") {
			report([]string{"waivedRules", strconv.Itoa(i)}, "a waiver names either a rule or a check")
		}
	}
	return list
}

// reporter takes a problem with the value at path.
type reporter func(path []string, format string, args ...any)

// variableName is what a shell takes as the name of a variable.
var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func checkEnvironment(path []string, environment Environment, report reporter) {
	for _, name := range sortedKeys(environment) {
		value := string(environment[name])
		at := step(path, name)
		switch {
		case !variableName.MatchString(name):
			report(at, "%q is not a name of a variable", name)
		case strings.HasPrefix(name, "WERF_") || strings.HasPrefix(name, "MODSHIP_"):
			report(at, "%s is a setting of the program, not a variable of the templates: set it in the environment of the run", name)
		case strings.HasPrefix(name, "MODULES_"):
			report(at, "%s is decided by modship: use targets and name", name)
		case IsSecretName(name) && value != "" && !strings.Contains(value, "${"):
			report(at, "%s looks like a secret, which does not belong into a committed file: name a variable, for example ${%s:-}", name, name)
		default:
			checkLogin(at, value, report)
		}
	}
}

// loginInAddress finds a literal password in an address.
var loginInAddress = regexp.MustCompile(`(?:^|/)[^/@:\s]*:([^/@\s]+)@`)

func checkLogin(path []string, value string, report reporter) {
	found := loginInAddress.FindStringSubmatch(value)
	if found != nil && !strings.Contains(found[1], "${") && !strings.HasPrefix(value[strings.Index(value, "@"):], "@sha256:") {
		report(path, "the address holds a password, which does not belong into a committed file: write ${NAME} in its place")
	}
}

// secretWords mark variables that hold secrets.
var secretWords = []string{"PASSWORD", "TOKEN", "SECRET", "CREDENTIAL", "PRIVATE", "SSH_KEY", "SIGN_KEY", "API_KEY", "ACCESS_KEY"}

// IsSecretName reports whether a variable of that name likely holds a secret.
func IsSecretName(name string) bool {
	upper := strings.ToUpper(name)
	return strings.HasSuffix(upper, "_KEY") || slices.ContainsFunc(secretWords, func(w string) bool { return strings.Contains(upper, w) })
}

// reference finds the names of variables in a value.
var reference = regexp.MustCompile(`\$\{?([A-Za-z_][A-Za-z0-9_]*)`)

// UsesSecret reports whether a value takes another variable that likely holds a
// secret.
func UsesSecret(value string) bool {
	return slices.ContainsFunc(reference.FindAllStringSubmatch(value, -1), func(m []string) bool { return IsSecretName(m[1]) })
}
