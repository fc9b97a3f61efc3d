package werferr

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// explainVariable names the variable that rendering stopped at, and those that
// it would stop at next.
func explainVariable(r *report, groups []string) (message, hint string) {
	name := groups[1]
	var more []string
	for _, required := range r.project.RequiredVariables() {
		if _, set := os.LookupEnv(required); !set && required != name {
			more = append(more, required)
		}
	}
	message = fmt.Sprintf("the environment variable %s is not set, and werf.yaml needs it", name)
	if len(more) > 0 {
		message += fmt.Sprintf("; it also reads %s, not set either", list(more))
	}
	all := slices.Concat([]string{name}, more)
	it := "it"
	if len(all) > 1 {
		it = "them"
	}
	return message, fmt.Sprintf("Set %s (CI sets %s), or give a default in the template: env %q \"\".", list(all), it, name)
}

// explainForbidden names the variable that giterminism forbids, and those that it
// would forbid next.
func explainForbidden(r *report, groups []string) (message, hint string) {
	names := []string{groups[1]}
	for _, name := range r.project.ForbiddenVariables() {
		if name != groups[1] {
			names = append(names, name)
		}
	}
	what := "variable"
	if len(names) > 1 {
		what = "variables"
	}
	return fmt.Sprintf("werf.yaml reads the environment %s %s, which werf-giterminism.yaml does not allow", what, list(names)),
		fmt.Sprintf("Add %s to config.goTemplateRendering.allowEnvVariables in werf-giterminism.yaml and commit it.", list(names))
}

// list joins names as a sentence does.
func list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
