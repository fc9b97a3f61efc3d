// Package projectfile reads modship.yaml, the file of a module repository that
// holds what CI systems otherwise hide in their set-up: where the module is
// published, which variables its templates read, and which files a build
// fetches first.
//
// The Go types are the schema: schema.json is generated from them, published
// for editors, and enforced when the file is read.
package projectfile

import (
	"fmt"
	"slices"
)

// FileName is the name of the file. It is in the project directory, beside
// werf.yaml.
const FileName = "modship.yaml"

// SchemaURL is where editors find the schema.
const SchemaURL = "https://raw.githubusercontent.com/modship/modship/main/internal/projectfile/schema.json"

// File is the content of modship.yaml. All of it is optional.
type File struct {
	// Name is the module name. Without it the name comes from module.yaml.
	Name string `yaml:"name,omitempty" jsonschema:"minLength=1"`
	// Targets are the places that the module is published to, by a name of your
	// choice, for example "dev" and "prod", or one for each edition.
	Targets map[string]Target `yaml:"targets,omitempty"`
	// DefaultTarget is the target of a run that names none. Without it such a run
	// publishes to the embedded registry.
	DefaultTarget string `yaml:"defaultTarget,omitempty" jsonschema:"minLength=1"`
	// Environment holds default values for the variables that the templates of
	// werf.yaml read. A variable of the process wins.
	Environment Environment `yaml:"environment,omitempty"`
	// Files are fetched into the project directory before the templates are
	// rendered. A committed file is never overwritten.
	Files []Download `yaml:"files,omitempty"`
	// SecondaryRepositories are further repositories whose stages are reused,
	// for example the one that CI builds into.
	SecondaryRepositories []string `yaml:"secondaryRepositories,omitempty" jsonschema:"minLength=1"`
	// Channels are the release channels that the module uses, lowest first. No
	// version is put on another one.
	Channels []string `yaml:"channels,omitempty" jsonschema:"enum=alpha,enum=beta,enum=early-access,enum=stable,enum=rock-solid,enum=lts"`
	// WaivedRules are rules of the contract that are not enforced, each with the
	// reason.
	WaivedRules []Waiver `yaml:"waivedRules,omitempty"`

	positions positions
}

// Target is a place that the module is published to.
type Target struct {
	// Source is the module source, <registry>/<path>. The module is published to
	// <source>/<name>.
	Source string `yaml:"source" jsonschema:"minLength=1"`
	// Environment holds variables for this target, for example the edition. They
	// win over the environment of the whole file.
	Environment Environment `yaml:"environment,omitempty"`
	// SecondaryRepositories are further repositories whose stages are reused when
	// this target is built.
	SecondaryRepositories []string `yaml:"secondaryRepositories,omitempty" jsonschema:"minLength=1"`
}

// Environment holds variables by name. A value may use other variables of the
// process as ${NAME} or ${NAME:-default}; secrets belong into those.
type Environment map[string]Text

// Text is a scalar. Numbers and booleans are taken as they are written.
type Text string

// Download is a file that is fetched before the templates are rendered.
type Download struct {
	// URL is where the file is, with variables as ${NAME} or ${NAME:-default}.
	URL string `yaml:"url" jsonschema:"pattern=^https?://"`
	// Path is the destination, relative to the project directory, with variables.
	Path string `yaml:"path" jsonschema:"minLength=1"`
	// SHA256 is the checksum of the content in hexadecimal digits. Without it
	// modship takes what the server sends and says which line to add.
	SHA256 string `yaml:"sha256,omitempty" jsonschema:"pattern=^[0-9a-f]{64}$"`
}

// Waiver is a rule of the contract, or a check of modship lint, that is not
// enforced.
type Waiver struct {
	// Rule is the number of the rule in docs/contract.md.
	Rule int `yaml:"rule,omitempty" jsonschema:"minimum=1"`
	// Check is the name of the check in docs/lint.md, in place of a rule.
	Check string `yaml:"check,omitempty" jsonschema:"minLength=1"`
	// Files is a pattern for the files that the waiver is about, such as
	// templates/*.yaml. Without it the waiver is about all files.
	Files string `yaml:"files,omitempty" jsonschema:"minLength=1"`
	// Reason says why the module does not follow the rule.
	Reason string `yaml:"reason" jsonschema:"minLength=1"`
}

// Target returns the target with the given name. The error lists the names
// that exist.
func (f *File) Target(name string) (Target, error) {
	if t, ok := f.Targets[name]; ok {
		return t, nil
	}
	return Target{}, &UnknownTargetError{Name: name, Known: f.TargetNames()}
}

// TargetNames returns the names of the targets in alphabetical order.
func (f *File) TargetNames() []string {
	names := make([]string, 0, len(f.Targets))
	for name := range f.Targets {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// At returns the place of a value in the file, such as "modship.yaml:12". path
// leads from the top to the value: keys, and indexes of list items from 0.
func (f *File) At(path ...string) string {
	line := f.positions[join(path)].line
	if line == 0 {
		return FileName
	}
	return fmt.Sprintf("%s:%d", FileName, line)
}

// UnknownTargetError reports a target that modship.yaml does not define.
type UnknownTargetError struct {
	Name  string
	Known []string
}

// Error names the target and those that exist.
func (e *UnknownTargetError) Error() string {
	if len(e.Known) == 0 {
		return fmt.Sprintf("there is no target %q: %s defines no targets", e.Name, FileName)
	}
	return fmt.Sprintf("%s defines no target %q%s", FileName, e.Name, expected(e.Name, e.Known))
}
