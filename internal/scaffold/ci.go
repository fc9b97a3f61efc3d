package scaffold

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"slices"
	"strings"
	"text/template"

	"github.com/modship/modship/pkg/module"
)

// Where CI files find the actions and templates of modship.
const (
	action          = "modship/modship"
	actions         = "modship/modship/actions"
	gitlabTemplates = "https://raw.githubusercontent.com/modship/modship/main/ci/gitlab"
)

//go:embed templates
var templates embed.FS

// Login is how a workflow logs in to a registry, in GitHub's expressions.
type Login struct{ Registry, Login, Password string }

// ghcr is the login for GitHub's own registry.
var ghcr = Login{"ghcr.io", "${{ github.actor }}", "${{ secrets.GITHUB_TOKEN }}"}

// ciFile is what the templates of CI files take.
type ciFile struct {
	Action, Actions, Templates string
	Channels                   []string
	Dev, Release               []string // targets of branches and of versions
	Promote                    []string // targets with release channels
	Logins                     []Login
	Environment                []struct{ Name, Value string }
}

// EnsureTarget adds a target if the repository publishes nowhere yet, so that CI
// files have one: in GitHub's registry, which takes lower case only, or that of
// the GitLab project.
func (f *Found) EnsureTarget(ci, owner string) {
	if len(f.Targets) > 0 {
		return
	}
	t := Target{Name: "prod", Source: "${CI_REGISTRY_IMAGE}", From: "the registry of the GitLab project"}
	if ci == "github" {
		t.Source, t.From = "ghcr.io/"+strings.ToLower(cmp.Or(owner, "OWNER"))+"/modules", "GitHub's registry"
	}
	f.Targets = []Target{t}
}

// Advice says what the user has to know about the files.
func (f *Found) Advice() []string {
	var advice []string
	if names := f.outside(); len(names) > 0 {
		advice = append(advice, "CI has these variables and a laptop may not: "+strings.Join(names, ", "))
	}
	for _, file := range f.Files {
		advice = append(advice, file.Path+" is fetched by modship: the step that downloads it in CI can go")
	}
	return advice
}

// GitHub returns a workflow that publishes branches, pull requests and versions,
// and promotes by hand.
func (f *Found) GitHub() []byte {
	c := f.ciFile("github")
	c.Logins = f.Logins
	if len(c.Logins) == 0 {
		c.Logins = []Login{ghcr}
	}
	for _, name := range f.outside() {
		context := f.contexts[name]
		if context == "" {
			context = "vars"
		}
		c.Environment = append(c.Environment, struct{ Name, Value string }{name, "${{ " + context + "." + name + " }}"})
	}
	return render("github.yml.tmpl", c)
}

// GitLab returns a pipeline that does the same with GitLab's jobs. Variables of
// the project are there without a word.
func (f *Found) GitLab() []byte { return render("gitlab.yml.tmpl", f.ciFile("gitlab")) }

func (f *Found) ciFile(ci string) ciFile {
	c := ciFile{Action: action, Actions: actions, Templates: gitlabTemplates}
	for _, ch := range f.Channels {
		c.Channels = append(c.Channels, string(ch))
	}
	if len(c.Channels) == 0 {
		for _, ch := range module.Channels()[:5] { // the ladder, without lts
			c.Channels = append(c.Channels, string(ch))
		}
	}
	for _, t := range f.targetsOf(ci) {
		unknown := !t.branches && !t.tags
		if t.branches || unknown && t.isDev() {
			c.Dev = append(c.Dev, t.Name)
		}
		if t.tags || unknown && !t.isDev() {
			c.Release = append(c.Release, t.Name)
			if !t.isDev() {
				c.Promote = append(c.Promote, t.Name)
			}
		}
	}
	switch {
	case len(c.Release) == 0:
		c.Release = c.Dev
	case len(c.Dev) == 0:
		c.Dev = c.Release[:1]
	}
	if len(c.Promote) == 0 {
		c.Promote = c.Release
	}
	return c
}

// isDev reports whether a target is for development.
func (t Target) isDev() bool { return t.Name == "dev" || strings.HasPrefix(t.Name, "dev-") }

// targetsOf returns the targets that a CI system publishes to, or all if it
// publishes nowhere yet.
func (f *Found) targetsOf(ci string) []Target {
	own := slices.DeleteFunc(slices.Clone(f.Targets), func(t Target) bool { return t.ci != ci })
	if len(own) == 0 {
		return f.Targets
	}
	return own
}

// outside returns the names of the variables that modship.yaml expects CI to have.
func (f *Found) outside() []string {
	var names []string
	for _, t := range f.Targets {
		names = append(names, references(t.Source)...)
		for _, text := range append(slices.Clone(t.Secondary), sortedValues(t.Environment)...) {
			names = append(names, references(text)...)
		}
	}
	for _, v := range f.Variables {
		if v.OfCI {
			names = append(names, v.Name)
		} else {
			names = append(names, references(v.Value)...)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	return slices.DeleteFunc(names, func(name string) bool { return ofProgram(name) || name == "CI_JOB_TOKEN" })
}

func sortedValues(m map[string]string) []string {
	var list []string
	for _, name := range sortedKeys(m) {
		list = append(list, m[name])
	}
	return list
}

// render fills a template. Its marks are << and >> because CI files use braces.
func render(name string, data ciFile) []byte {
	functions := template.FuncMap{
		"join": func(list []string) string { return strings.Join(list, ", ") },
		"json": func(list []string) (string, error) {
			text, err := json.Marshal(list)
			return string(text), err
		},
	}
	t := template.Must(template.New(name).Delims("<<", ">>").Funcs(functions).ParseFS(templates, "templates/"+name))
	var out bytes.Buffer
	if err := t.Execute(&out, data); err != nil {
		panic(err) // the templates and their data are part of the program
	}
	return out.Bytes()
}
