// Package scaffold writes modship.yaml and CI files for a module repository from
// what the repository has: module.yaml, GitHub workflows, GitLab CI, Makefile
// and Taskfile.
package scaffold

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/modship/modship/pkg/module"
)

// Found is what a repository says about its builds. Values use variables as
// ${NAME} where CI has them outside of the repository.
type Found struct {
	Name      Value // module name that CI uses; empty if module.yaml has the same
	Targets   []Target
	Variables []Variable
	Files     []File
	// Channels are the release channels that CI deploys to, lowest first.
	Channels     []module.Channel
	ChannelsFrom string
	// Logins are those of the GitHub workflows that build.
	Logins []Login
	// Notes say what could not be read.
	Notes []string

	contexts map[string]string // "vars" or "secrets", by variable
}

// Value is a value and the file it is from.
type Value struct{ Value, From string }

// Target is a place that CI publishes to.
type Target struct {
	Name        string
	Source      string
	Environment map[string]string
	Secondary   []string
	From        string

	ci       string          // github or gitlab: the system that publishes to it
	branches bool            // CI publishes branches or pull requests
	tags     bool            // CI publishes tags
	sees     map[string]bool // the variables that all builds for it are given
}

// Variable is a variable that the templates read.
type Variable struct {
	Name, Value string
	From        string // empty if nothing in the repository sets it
	OfCI        bool   // CI has the value outside of the repository
}

// File is a file that CI fetches.
type File struct{ URL, Path, From string }

// Options describe the repository beyond its files.
type Options struct {
	// Variables are the names that the templates of werf.yaml read; rendering
	// fails without those that are Required.
	Variables, Required []string
	// Owner is the account of the repository on GitHub, as its address has it.
	Owner string
	// Repository is the name of the repository.
	Repository string
}

// Inspect reads the files of a repository.
func Inspect(repository fs.FS, opts Options) (*Found, error) {
	i := &inspection{opts: opts, files: repository, found: &Found{contexts: map[string]string{}}, environment: map[string]Value{}}
	for _, read := range []func() error{i.github, i.gitlab, i.makefile, i.taskfile} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	i.dropKnownName()
	i.decideVariables()
	slices.SortFunc(i.found.Targets, func(a, b Target) int { return cmp.Compare(a.Name, b.Name) })
	return i.found, nil
}

// inspection collects the findings.
type inspection struct {
	opts  Options
	files fs.FS
	found *Found
	// environment is what CI sets for builds; the first file that sets a variable
	// counts.
	environment map[string]Value
}

func (i *inspection) note(format string, args ...any) {
	i.found.Notes = append(i.found.Notes, fmt.Sprintf(format, args...))
}

// sets keeps a variable of the builds.
func (i *inspection) sets(name, value, from string) {
	if _, known := i.environment[name]; !known {
		i.environment[name] = Value{value, from}
	}
}

// addTarget keeps a place to publish to, once.
func (i *inspection) addTarget(t Target) {
	if t.Source == "" {
		return
	}
	t.Name = targetName(t.Source)
	for n, known := range i.found.Targets {
		if known.Source == t.Source {
			i.merge(&i.found.Targets[n], t)
			return
		}
	}
	for n := 2; slices.ContainsFunc(i.found.Targets, func(k Target) bool { return k.Name == t.Name }); n++ {
		t.Name = fmt.Sprintf("%s-%d", targetName(t.Source), n)
	}
	i.found.Targets = append(i.found.Targets, t)
}

// merge adds what a second build for the same target tells. Builds that differ
// in a variable are not one target: the first counts, and a note says so.
func (i *inspection) merge(known *Target, again Target) {
	for _, name := range slices.Sorted(maps.Keys(again.Environment)) {
		value := again.Environment[name]
		if before, has := known.Environment[name]; has && before != value {
			i.note("%s and %s publish to %s with different values of %s", known.From, again.From, known.Source, name)
		} else if !has {
			known.Environment[name] = value
		}
	}
	known.branches, known.tags = known.branches || again.branches, known.tags || again.tags
	maps.DeleteFunc(known.sees, func(name string, _ bool) bool { return !again.sees[name] })
	for _, s := range again.Secondary {
		if !slices.Contains(known.Secondary, s) {
			known.Secondary = append(known.Secondary, s)
		}
	}
}

func (i *inspection) addFile(f File) {
	if !slices.ContainsFunc(i.found.Files, func(k File) bool { return k.Path == f.Path }) {
		i.found.Files = append(i.found.Files, f)
	}
}

// editions are the directories that Deckhouse publishes editions below.
var editions = []string{"ce", "be", "se", "se-plus", "ee", "fe", "cse"}

// targetName makes a name of a source: the edition, else dev or prod.
func targetName(source string) string {
	parts := strings.Split(strings.ToLower(source), "/")
	for _, part := range slices.Backward(parts) {
		if slices.Contains(editions, part) {
			return part
		}
	}
	if strings.Contains(strings.ToLower(source), "dev") {
		return "dev"
	}
	return "prod"
}

// dropKnownName forgets a name that module.yaml has too, and one that is not
// written in the repository.
func (i *inspection) dropKnownName() {
	if strings.Contains(i.found.Name.Value, "$") {
		i.found.Name = Value{}
	}
	data, err := fs.ReadFile(i.files, "module.yaml")
	if err != nil {
		return
	}
	if definition, err := module.ParseDefinition(data); err == nil && definition.Name == i.found.Name.Value {
		i.found.Name = Value{}
	}
}

// ofProgram reports whether modship or werf has the variable as a setting, so
// that modship.yaml cannot have it.
func ofProgram(name string) bool {
	return strings.HasPrefix(name, "MODULES_") || strings.HasPrefix(name, "WERF_") || strings.HasPrefix(name, "MODSHIP_")
}

// refNames are variables in which CI systems put the ref being built.
var refNames = []string{"CI_COMMIT_REF_NAME", "CI_COMMIT_TAG", "GITHUB_REF_NAME"}

// decideVariables gives each variable that the templates read, or that a fetched
// file is found by, a value. One that CI sets for some targets only, or takes
// from a secret, is left out unless rendering needs it.
func (i *inspection) decideVariables() {
	required := slices.Clone(i.opts.Required)
	for _, f := range i.found.Files {
		required = append(required, references(f.URL)...)
	}
	names := slices.Concat(i.opts.Variables, required)
	slices.Sort(names)
	names = slices.DeleteFunc(slices.Compact(names), ofProgram)
	for _, name := range names {
		v := i.variable(name)
		if slices.Contains(required, name) || v.Value != "" && !i.ofSomeTargets(name) {
			i.found.Variables = append(i.found.Variables, v)
		}
	}
	for n := range i.found.Targets {
		maps.DeleteFunc(i.found.Targets[n].Environment, func(name, _ string) bool { return !slices.Contains(names, name) })
	}
}

// ofSomeTargets reports whether CI builds some targets with a variable and others
// without it, so that a value for all would change what it builds.
func (i *inspection) ofSomeTargets(name string) bool {
	with := func(t Target) bool { return t.sees[name] }
	without := func(t Target) bool { return !t.sees[name] }
	return slices.ContainsFunc(i.found.Targets, with) && slices.ContainsFunc(i.found.Targets, without)
}

func (i *inspection) variable(name string) Variable {
	value, known := i.environment[name]
	switch {
	case slices.Contains(refNames, name):
		return Variable{Name: name, Value: "${MODULES_MODULE_TAG}", From: "the module tag"}
	case name == "CI_JOB_TOKEN":
		return Variable{Name: name, Value: "${CI_JOB_TOKEN:-none}", From: "GitLab"}
	case !known:
		return Variable{Name: name}
	}
	v := Variable{Name: name, Value: value.Value, From: value.From}
	if v.Value == reference(name) { // a secret or a variable of the same name
		v.Value, v.OfCI = "", true
	}
	return v
}

// glob lists files by a pattern, in order of the alphabet.
func (i *inspection) glob(patterns ...string) []string {
	var list []string
	for _, p := range patterns {
		found, err := fs.Glob(i.files, p)
		if err != nil {
			panic(err) // the patterns are constants
		}
		list = append(list, found...)
	}
	slices.Sort(list)
	return list
}

// addChannels keeps the channels that CI deploys to; names that are not channels
// are left out.
func (i *inspection) addChannels(names []string, from string) {
	for _, name := range names {
		if ch, err := module.ParseChannel(strings.Trim(name, `"' `)); err == nil && !slices.Contains(i.found.Channels, ch) {
			i.found.Channels = append(i.found.Channels, ch)
			i.found.ChannelsFrom = cmp.Or(i.found.ChannelsFrom, from)
		}
	}
	slices.SortFunc(i.found.Channels, func(a, b module.Channel) int {
		return slices.Index(module.Channels(), a) - slices.Index(module.Channels(), b)
	})
}
