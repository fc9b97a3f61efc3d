package scaffold

import (
	"errors"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// makeVariable finds assignments in a Makefile.
var makeVariable = regexp.MustCompile(`(?m)^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*(?:::?|\?)?=\s*([^\n#]*)`)

// makefile takes values of variables that the templates read.
func (i *inspection) makefile() error {
	data, err := fs.ReadFile(i.files, "Makefile")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, m := range makeVariable.FindAllStringSubmatch(string(data), -1) {
		i.local(m[1], strings.TrimSpace(m[2]), "Makefile")
	}
	return nil
}

// local keeps a value from a file that people build with, if the templates read
// the variable and the value is not computed.
func (i *inspection) local(name, value, file string) {
	if slices.Contains(slices.Concat(i.opts.Variables, i.opts.Required), name) && !strings.ContainsAny(value, "$`{") {
		i.sets(name, value, file)
	}
}

// taskfile takes values of variables that the templates read.
func (i *inspection) taskfile() error {
	for _, file := range i.glob("Taskfile.yml", "Taskfile.yaml") {
		data, err := fs.ReadFile(i.files, file)
		if err != nil {
			return err
		}
		var tasks struct {
			Vars  map[string]yaml.Node `yaml:"vars"`
			Env   map[string]yaml.Node `yaml:"env"`
			Tasks map[string]yaml.Node `yaml:"tasks"`
		}
		if err := yaml.Unmarshal(data, &tasks); err != nil {
			i.note("%s cannot be read: %v", file, err)
			continue
		}
		for _, variables := range []map[string]yaml.Node{tasks.Env, tasks.Vars} {
			for _, name := range sortedKeys(variables) {
				if variables[name].Kind == yaml.ScalarNode {
					i.local(name, variables[name].Value, file)
				}
			}
		}
	}
	return nil
}
