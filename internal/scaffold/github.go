package scaffold

import (
	"io/fs"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// workflow is what matters of a GitHub workflow.
type workflow struct {
	On struct {
		Dispatch struct {
			Inputs map[string]struct {
				Options []string `yaml:"options"`
			} `yaml:"inputs"`
		} `yaml:"workflow_dispatch"`
	} `yaml:"-"`
	Trigger yaml.Node              `yaml:"on"`
	Env     map[string]string      `yaml:"env"`
	Jobs    map[string]workflowJob `yaml:"jobs"`
}

type workflowJob struct {
	Outputs  map[string]string `yaml:"outputs"`
	Env      map[string]string `yaml:"env"`
	Strategy struct {
		Matrix yaml.Node `yaml:"matrix"`
	} `yaml:"strategy"`
	Steps []workflowStep `yaml:"steps"`
}

type workflowStep struct {
	ID   string            `yaml:"id"`
	Uses string            `yaml:"uses"`
	With map[string]string `yaml:"with"`
	Env  map[string]string `yaml:"env"`
	Run  string            `yaml:"run"`
}

// github reads the workflows.
func (i *inspection) github() error {
	for _, file := range i.glob(".github/workflows/*.yml", ".github/workflows/*.yaml") {
		data, err := fs.ReadFile(i.files, file)
		if err != nil {
			return err
		}
		var w workflow
		if err := yaml.Unmarshal(data, &w); err != nil {
			i.note("%s cannot be read: %v", file, err)
			continue
		}
		// A trigger may also be a word or a list; then there are no inputs.
		_ = w.Trigger.Decode(&w.On)
		for _, name := range slices.Sorted(maps.Keys(w.Jobs)) {
			i.job(w, w.Jobs[name], file)
		}
		if deploys(w) {
			for _, input := range slices.Sorted(maps.Keys(w.On.Dispatch.Inputs)) {
				i.addChannels(w.On.Dispatch.Inputs[input].Options, file)
			}
		}
	}
	return nil
}

// job takes from a job that builds the module what it says about that. A job
// with a matrix is one for each of its combinations.
func (i *inspection) job(w workflow, job workflowJob, file string) {
	if !slices.ContainsFunc(job.Steps, isBuild) {
		return
	}
	for _, matrix := range combinations(job.Strategy.Matrix) {
		s := i.scopeOf(w, job, matrix)
		for _, step := range job.Steps {
			s.run(step.ID, step.Run)
			i.login(step, w.Env, job.Env)
			for _, f := range downloads(step.Run, file) {
				i.addFile(f)
			}
			if isBuild(step) {
				i.build(s, w, step, file)
			}
		}
	}
}

// login keeps how the official action logs in. Its first versions had no inputs
// and read the variables of the workflow.
func (i *inspection) login(step workflowStep, environments ...map[string]string) {
	l := Login{step.With["registry"], step.With["registry_login"], step.With["registry_password"]}
	if l.Registry == "" {
		all := map[string]string{}
		for _, environment := range environments {
			maps.Copy(all, environment)
		}
		l = Login{all["MODULES_REGISTRY"], all["MODULES_REGISTRY_LOGIN"], all["MODULES_REGISTRY_PASSWORD"]}
	}
	if strings.Contains(step.Uses, "modules-actions/setup@") && l.Registry != "" && !slices.Contains(i.found.Logins, l) {
		i.found.Logins = append(i.found.Logins, l)
	}
}

// scopeOf returns the variables known when a job begins.
func (i *inspection) scopeOf(w workflow, job workflowJob, matrix map[string]string) *scope {
	s := &scope{variables: map[string]string{}, outputs: map[string]string{}, matrix: matrix, opts: i.opts, contexts: i.found.contexts}
	s.ofJob = func(name, output string) (string, bool) {
		needed, ok := w.Jobs[name]
		if !ok {
			return "", false
		}
		before := i.scopeOf(workflow{Env: w.Env}, needed, nil) // without the jobs: they may need each other
		for _, step := range needed.Steps {
			before.run(step.ID, step.Run)
		}
		return before.translate(needed.Outputs[output])
	}
	s.addAll(w.Env)
	s.addAll(job.Env)
	return s
}

// addAll adds variables whose values are known before a run.
func (s *scope) addAll(variables map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		if value, ok := s.translate(variables[name]); ok {
			s.variables[name] = value
		}
	}
}

// build takes from the step that builds where it publishes, and the variables
// that it sees. Those of the job belong to the target, those of the workflow to
// all.
func (i *inspection) build(s *scope, w workflow, step workflowStep, file string) {
	s.addAll(step.Env)
	if isAction(step) { // which sets it for the templates
		s.variables["SVACE_ENABLED"] = switchValue(step.With["svace_enabled"])
	}
	t := Target{Environment: map[string]string{}, From: file, ci: "github", sees: map[string]bool{}}
	t.branches, t.tags = w.triggers()
	input := func(name, variable string) string {
		value, ok := s.translate(step.With[name])
		if value == "" {
			value, ok = s.expand(reference(variable)), true
		}
		if !ok || value == reference(variable) && step.With[name] == "" {
			return ""
		}
		return strings.TrimRight(value, "/")
	}
	t.Source = input("module_source", "MODULES_MODULE_SOURCE")
	if secondary := input("secondary_repo", "WERF_SECONDARY_REPO_1"); secondary != "" {
		t.Secondary = []string{i.withName(secondary)}
	}
	if name := input("module_name", "MODULES_MODULE_NAME"); i.found.Name.Value == "" && name != "" {
		i.found.Name = Value{name, file}
	}
	for _, name := range slices.Sorted(maps.Keys(s.variables)) {
		if ofProgram(name) {
			continue
		}
		i.sets(name, s.variables[name], file)
		t.sees[name] = true
		if _, common := w.Env[name]; !common && name != "SVACE_ENABLED" {
			t.Environment[name] = s.variables[name]
		}
	}
	i.addTarget(t)
}

// withName lets a repository name the module as modship does: CI has the name in
// a variable of its own.
func (i *inspection) withName(repository string) string {
	for _, name := range []string{"MODULE_NAME", "MODULES_MODULE_NAME"} {
		if rest, ok := strings.CutSuffix(repository, "/"+reference(name)); ok {
			return rest + "/${MODULES_MODULE_NAME}"
		}
	}
	return repository
}

// triggers reports whether a workflow runs for branches or pull requests, and for
// tags. A push without filters is both. Workflows that others call, or people
// start, tell nothing.
func (w workflow) triggers() (branches, tags bool) {
	var events map[string]yaml.Node
	if w.Trigger.Decode(&events) != nil { // a word or a list
		events = map[string]yaml.Node{}
		for _, name := range texts(w.Trigger) {
			events[name] = yaml.Node{}
		}
	}
	if push, ok := events["push"]; ok {
		var filters map[string]yaml.Node
		_ = push.Decode(&filters) // there are none in a word or a list
		has := func(filter string) bool {
			_, plain := filters[filter]
			_, ignore := filters[filter+"-ignore"]
			return plain || ignore
		}
		branches = has("branches") || !has("tags")
		tags = has("tags") || !has("branches")
	}
	for _, name := range []string{"pull_request", "pull_request_target"} {
		if _, ok := events[name]; ok {
			branches = true
		}
	}
	return branches, tags
}

// isBuild reports whether a step builds the module.
func isBuild(step workflowStep) bool {
	return isAction(step) || strings.Contains(step.Run, "werf build")
}

// isAction reports whether a step is the official build action.
func isAction(step workflowStep) bool { return strings.Contains(step.Uses, "modules-actions/build@") }

// switchValue returns what an input that is on or off has in an ordinary build:
// one that is computed is switched on by labels and the like.
func switchValue(input string) string {
	if strings.Contains(input, "${{") {
		return "false"
	}
	return input
}

// deploys reports whether a workflow moves release channels.
func deploys(w workflow) bool {
	for _, job := range w.Jobs {
		if slices.ContainsFunc(job.Steps, func(s workflowStep) bool { return strings.Contains(s.Uses, "modules-actions/deploy@") }) {
			return true
		}
	}
	return false
}

// combinations returns the values of a matrix: the included ones, else those of
// all lists together. Without a matrix it is one without values.
func combinations(matrix yaml.Node) []map[string]string {
	var include struct {
		Include []map[string]string `yaml:"include"`
	}
	if matrix.Decode(&include) == nil && len(include.Include) > 0 {
		return include.Include
	}
	var lists map[string][]string
	if matrix.Decode(&lists) != nil {
		return []map[string]string{{}}
	}
	all := []map[string]string{{}}
	for _, name := range slices.Sorted(maps.Keys(lists)) {
		var next []map[string]string
		for _, value := range lists[name] {
			for _, c := range all {
				c = maps.Clone(c)
				c[name] = value
				next = append(next, c)
			}
		}
		all = next
	}
	return all
}
