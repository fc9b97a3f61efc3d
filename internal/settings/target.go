package settings

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/projectfile"
)

// EnvTarget names a target of modship.yaml.
const EnvTarget = "MODSHIP_TARGET"

// readFile reads modship.yaml of the project directory and chooses the target:
// the one that is asked for, else the default one.
func (s *Settings) readFile(in Input) error {
	file := &projectfile.File{}
	if s.Dir.Value != "" {
		var err error
		file, err = projectfile.Read(s.Dir.Value)
		if _, ok := errors.AsType[*projectfile.Error](err); ok {
			return exit.With(exit.Usage, err, "docs/modship-yaml.md describes the file.")
		}
		if err != nil {
			return err
		}
	}
	s.File = file
	s.Target = first(Value{in.Target, "--target"}, fromEnv(EnvTarget))
	s.targetGiven = s.Target.Value != ""
	if !s.targetGiven && file.DefaultTarget != "" {
		s.Target = Value{file.DefaultTarget, file.At("defaultTarget")}
	}
	if s.Target.Value == "" {
		return nil
	}
	if strings.Contains(s.Target.Value, ",") {
		return exit.With(exit.Usage, fmt.Errorf("%s from %s names several targets: expected one", s.Target.Value, s.Target.From),
			"Only `modship publish` takes several targets.")
	}
	var err error
	if s.target, err = file.Target(s.Target.Value); err != nil {
		return exit.With(exit.Usage, fmt.Errorf("target from %s: %w", s.Target.From, err), "")
	}
	return nil
}

// targetSource returns the module source of the target; it is empty without a
// target.
func (s *Settings) targetSource() (Value, error) {
	if s.Target.Value == "" {
		return Value{}, nil
	}
	at := s.File.At("targets", s.Target.Value, "source")
	source, err := projectfile.Expand(s.target.Source, s.lookup)
	if err != nil {
		return Value{}, exit.With(exit.Usage, fmt.Errorf("%s: source of target %s: %w", at, s.Target.Value, err), "")
	}
	return Value{source, at + ", target " + s.Target.Value}, nil
}

// lookup returns a variable that values in modship.yaml may use: what modship
// decides itself, else one of the process.
func (s *Settings) lookup(name string) (string, bool) {
	own := map[string]string{EnvTag: s.Tag.Value, EnvName: s.Name.Value, EnvSource: s.Source.Value}
	if value := own[name]; value != "" {
		return value, true
	}
	return os.LookupEnv(name)
}

// Variable is a variable that modship.yaml gives the templates of werf.yaml.
type Variable struct {
	Name string
	// Value and its origin. It is empty where Err is set.
	Value Value
	// Shown is the value without secrets.
	Shown string
	// FromProcess reports that the environment of the process has the variable,
	// which wins over modship.yaml.
	FromProcess bool
	Err         error // a variable that the value needs is not set, or a conflict
}

// resolveVariables decides the variables that modship.yaml has. It is done once,
// because the program changes its own environment for werf.
func (s *Settings) resolveVariables() {
	for _, name := range s.variableNames() {
		if value, ok := s.target.Environment[name]; ok {
			at := s.File.At("targets", s.Target.Value, "environment", name) + ", target " + s.Target.Value
			s.Variables = append(s.Variables, s.variable(name, string(value), at, s.targetGiven))
		} else {
			s.Variables = append(s.Variables, s.variable(name, string(s.File.Environment[name]), s.File.At("environment", name), false))
		}
	}
}

func (s *Settings) variableNames() []string {
	var names []string
	for name := range s.File.Environment {
		names = append(names, name)
	}
	for name := range s.target.Environment {
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// variable decides a variable. must says that the process may not have it with
// another value: a target that is asked for is built as modship.yaml says.
func (s *Settings) variable(name, text, at string, must bool) Variable {
	v := Variable{Name: name}
	value, err := projectfile.Expand(text, s.lookup)
	given, isGiven := os.LookupEnv(name)
	switch {
	case isGiven && must && given != value:
		v.Err = exit.With(exit.Usage, fmt.Errorf("%s: %s is set to another value in the environment", at, name),
			fmt.Sprintf("Unset %s, or choose no target.", name))
	case isGiven:
		v.Value, v.FromProcess = Value{given, name}, true
	case err != nil:
		v.Err = exit.With(exit.Usage, fmt.Errorf("%s: value of %s: %w", at, name, err), "")
	default:
		v.Value = Value{value, at}
	}
	v.Shown = v.Value.Value
	if projectfile.UsesSecret(text) || projectfile.IsSecretName(name) {
		v.Shown = "(not shown)"
	}
	return v
}

// Exports returns the variables that the templates of werf.yaml see beside those
// of the process: the resolved settings under the names that CI systems give
// them, and what modship.yaml sets.
func (s *Settings) Exports() (map[string]string, error) {
	exports := map[string]string{EnvTag: s.Tag.Value, EnvName: s.Name.Value, EnvSource: s.Source.Value}
	for _, v := range s.Variables {
		if v.Err != nil {
			return nil, v.Err
		}
		exports[v.Name] = v.Value.Value
	}
	return exports, nil
}

// SecondaryRepositories returns the further repositories of modship.yaml whose
// stages are reused: those of the target first.
func (s *Settings) SecondaryRepositories() ([]string, error) {
	var list []string
	own, err := s.Repository()
	if err != nil {
		return nil, err
	}
	for _, text := range slices.Concat(s.target.SecondaryRepositories, s.File.SecondaryRepositories) {
		repository, err := projectfile.Expand(text, s.lookup)
		if err != nil {
			return nil, exit.With(exit.Usage, fmt.Errorf("%s: secondary repository %s: %w", projectfile.FileName, text, err), "")
		}
		if repository != own.String() && !slices.Contains(list, repository) {
			list = append(list, repository)
		}
	}
	return list, nil
}

// WaivedRules returns the numbers of the contract rules that modship.yaml waives.
func (s *Settings) WaivedRules() []int {
	var rules []int
	for _, w := range s.File.WaivedRules {
		if w.Rule > 0 {
			rules = append(rules, w.Rule)
		}
	}
	return rules
}
