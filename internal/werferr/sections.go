package werferr

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/modship/modship/internal/werfsrc"
	"github.com/modship/modship/pkg/graph"
)

// knownFields are the fields of werf.yaml, for "did you mean".
var knownFields = []string{
	"add", "after", "allowUnshallow", "args", "artifact", "basicAuth", "before", "beforeInstall", "beforeSetup", "branch", "build", "cacheVersion",
	"cleanup", "commit", "configVersion", "context", "contextAddFiles", "dependencies", "deploy", "disableGitAfterPatch", "dockerfile",
	"excludePaths", "final", "from", "fromCacheVersion", "fromImage", "fromLatest", "fromPath", "git", "gitWorktree", "group", "image",
	"imageSpec", "import", "imports", "includePaths", "install", "mount", "network", "owner", "platform", "project", "secrets", "setup",
	"shell", "src", "ssh", "stage", "stageDependencies", "staged", "tag", "target", "targetBuildArg", "targetEnv", "to", "type", "url", "value",
}

// explainField names the fields that werf does not know, and the part of the
// section that has them.
func explainField(r *report, groups []string) (message, hint string) {
	fields := strings.Split(groups[1], "`, `")
	slices.Sort(fields)
	what := "a field"
	if len(fields) > 1 {
		what = "fields"
	}
	message = fmt.Sprintf("%s has %s%s that this version of werf does not know: %s", r.subject(), what,
		parentOf(r.section(r.image()), fields[0]), strings.Join(fields, ", "))
	hint = "Remove it or correct its spelling"
	if len(fields) > 1 {
		hint = "Remove them or correct their spelling"
	}
	hint += ", in " + r.files(r.image()) + "."
	if near, ok := graph.Near(fields[0], knownFields); ok {
		hint = fmt.Sprintf("Did you mean %s? ", near) + hint
	}
	return message, hint
}

// parentOf is the part of a section, such as " in git", that has a field, or
// empty where several have it or the section itself.
func parentOf(section map[string]any, field string) string {
	if _, own := section[field]; own || section == nil {
		return ""
	}
	var parents []string
	for name, value := range section {
		if hasKey(value, field) {
			parents = append(parents, name)
		}
	}
	if len(parents) != 1 {
		return ""
	}
	return " in " + parents[0]
}

func hasKey(value any, key string) bool {
	switch v := value.(type) {
	case map[string]any:
		if _, ok := v[key]; ok {
			return true
		}
		for _, below := range v {
			if hasKey(below, key) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, func(below any) bool { return hasKey(below, key) })
	}
	return false
}

// explainSecret names the build secret that has no value and the variables that
// it may come from.
func explainSecret(r *report, groups []string) (message, hint string) {
	id := emptySecret(r.section(r.image()))
	if id == "" {
		return r.subject() + " has a build secret that werf does not accept: " + groups[1], r.look()
	}
	files := r.project.DefinedIn(werfsrc.NamesIn(r.image())...)
	message = fmt.Sprintf("image %s: build secret %s has no value", r.image(), id)
	if unset := emptyVariables(r.project, files); len(unset) > 0 {
		return message, fmt.Sprintf("Set %s (CI sets it); %s takes the value from there.", strings.Join(unset, " or "), strings.Join(files, " or "))
	}
	return message, "Give it env, src or a value that is not empty, in " + r.files(r.image()) + "."
}

// emptySecret is the id of the first secret of a section without a value.
func emptySecret(section map[string]any) string {
	secrets, _ := section["secrets"].([]any)
	for _, secret := range secrets {
		fields, _ := secret.(map[string]any)
		id, _ := fields["id"].(string)
		if isEmpty(fields["env"]) && isEmpty(fields["src"]) && isEmpty(fields["value"]) {
			return id
		}
	}
	return ""
}

func isEmpty(value any) bool { return value == nil || value == "" }

// emptyVariables are the variables that the files look up and that are empty or
// not set.
func emptyVariables(project werfsrc.Project, files []string) []string {
	var names []string
	for _, file := range files {
		for _, name := range project.VariablesOf(file) {
			if os.Getenv(name) == "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// explainYAML is about rendered text that is not valid YAML, or has a value of
// another type than werf expects.
func explainYAML(r *report, groups []string) (message, hint string) {
	message = "werf.yaml is not valid once it is rendered: " + groups[1]
	hint = "The line is of the rendered text, which `werf config render` shows."
	if image := r.image(); image != "" {
		message = fmt.Sprintf("image %s of werf.yaml is not valid once it is rendered: %s", image, groups[1])
		hint = r.look() + " " + hint
	}
	return message, hint
}
