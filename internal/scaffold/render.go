package scaffold

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/modship/modship/internal/projectfile"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

const header = `# Made by modship init from what this repository has.
# docs/modship-yaml.md in the modship repository describes the keys.

`

// ProjectFile returns the text of a modship.yaml with what was found, each entry
// with the file that it comes from.
func (f *Found) ProjectFile() []byte {
	root := mapping()
	if f.Name.Value != "" {
		add(root, "name", scalar(f.Name.Value, f.Name.From))
	}
	if targets := f.targets(); len(targets.Content) > 0 {
		add(root, "targets", targets)
		key(root, "targets").HeadComment = "Where the module is published to: --target NAME chooses."
	}
	if environment := f.environment(); len(environment.Content) > 0 {
		add(root, "environment", environment)
		key(root, "environment").HeadComment = "Default values for variables that the templates read."
	}
	if files := f.files(); len(files.Content) > 0 {
		add(root, "files", files)
		key(root, "files").HeadComment = "Fetched before the templates are rendered."
	}
	if len(f.Channels) > 0 {
		list := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle, LineComment: f.ChannelsFrom}
		for _, ch := range f.Channels {
			list.Content = append(list.Content, scalar(string(ch), ""))
		}
		add(root, "channels", list)
	}
	var out bytes.Buffer
	out.WriteString("# yaml-language-server: $schema=" + projectfile.SchemaURL + "\n" + header)
	if len(root.Content) == 0 {
		out.WriteString("# Nothing was found that a build needs: all keys are optional.\n")
		return out.Bytes()
	}
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(root); err != nil {
		panic(err) // made of scalars, mappings and lists only
	}
	return out.Bytes()
}

func (f *Found) targets() *yaml.Node {
	targets := mapping()
	for _, t := range f.Targets {
		node := mapping()
		add(node, "source", scalar(t.Source, ""))
		if len(t.Environment) > 0 {
			environment := mapping()
			for _, name := range sortedKeys(t.Environment) {
				add(environment, name, scalar(committable(name, t.Environment[name]), ""))
			}
			add(node, "environment", environment)
		}
		if len(t.Secondary) > 0 {
			list := &yaml.Node{Kind: yaml.SequenceNode}
			for _, s := range t.Secondary {
				list.Content = append(list.Content, scalar(s, ""))
			}
			add(node, "secondaryRepositories", list)
		}
		add(targets, t.Name, node)
		key(targets, t.Name).LineComment = t.From
	}
	return targets
}

func (f *Found) environment() *yaml.Node {
	environment := mapping()
	for _, v := range f.Variables {
		comment := v.From
		switch {
		case v.OfCI:
			comment = "a secret or variable of CI (" + v.From + ")"
		case v.From == "":
			comment = "read by the templates, set nowhere in the repository"
		}
		add(environment, v.Name, scalar(committable(v.Name, v.Value), comment))
	}
	return environment
}

func (f *Found) files() *yaml.Node {
	files := &yaml.Node{Kind: yaml.SequenceNode}
	for _, file := range f.Files {
		node := mapping()
		add(node, "url", scalar(file.URL, file.From))
		add(node, "path", scalar(file.Path, "the first run prints the sha256 to add here"))
		files.Content = append(files.Content, node)
	}
	return files
}

// committable returns a value for a committed file: without a secret that the
// repository should not have, and with defaults.
func committable(name, value string) string {
	if projectfile.IsSecretName(name) && value != "" && !strings.Contains(value, "${") {
		value = reference(name)
	}
	return withDefault(value)
}

// withDefault lets a value of the templates be empty where a variable of CI is
// not set, so that a laptop can render without it.
func withDefault(value string) string {
	return referencePattern.ReplaceAllStringFunc(value, func(found string) string {
		if strings.Contains(found, ":-") || strings.HasPrefix(found, "${MODULES_") {
			return found
		}
		return "${" + strings.Trim(found, "${}") + ":-}"
	})
}

func mapping() *yaml.Node { return &yaml.Node{Kind: yaml.MappingNode} }

func scalar(value, comment string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(value)
	n.LineComment = comment
	return n
}

func add(node *yaml.Node, name string, value *yaml.Node) {
	node.Content = append(node.Content, scalar(name, ""), value)
}

// key returns the node of a key, for its comments.
func key(node *yaml.Node, name string) *yaml.Node {
	for i := 0; i < len(node.Content); i += 2 {
		if node.Content[i].Value == name {
			return node.Content[i]
		}
	}
	panic("scaffold: no key " + name) // it was added before
}
