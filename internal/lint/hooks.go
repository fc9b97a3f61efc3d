package lint

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// hooks checks the configuration that scripts in hooks/ print for --config
// (shell-operator, HOOKS.md), as far as it is written down in them. Nothing is
// executed.
func (l *linter) hooks() {
	_ = fs.WalkDir(l.module.FS, "hooks", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || !isScript(name) {
			return nil
		}
		data, err := fs.ReadFile(l.module.FS, name)
		if err == nil && strings.HasPrefix(string(data), "#!") {
			l.hook(name, string(data))
		}
		return nil
	})
}

func isScript(name string) bool {
	switch path.Ext(name) {
	case "", ".sh", ".py":
		return true
	}
	return false
}

// heredoc matches the beginning of a text in a script that holds a configuration.
var heredoc = regexp.MustCompile(`<<(-?)\s*['"\\]?(\w+)['"]?`)

// tripleQuoted matches a text in a Python program that can hold a configuration.
var tripleQuoted = regexp.MustCompile(`(?s)"""(.*?)"""|'''(.*?)'''`)

func (l *linter) hook(name, text string) {
	if path.Ext(name) == ".py" {
		l.pythonHook(name, text)
		return
	}
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		found := heredoc.FindStringSubmatch(lines[i])
		if found == nil {
			continue
		}
		end := slices.IndexFunc(lines[i+1:], func(line string) bool { return strings.TrimSpace(line) == found[2] })
		if end < 0 {
			continue
		}
		body := lines[i+1 : i+1+end]
		if found[1] == "-" {
			for j := range body {
				body[j] = strings.TrimLeft(body[j], "\t")
			}
		}
		if config := strings.Join(body, "\n"); strings.Contains(config, "configVersion") && !strings.ContainsAny(config, "$`") {
			l.hookConfig(name, i+1, config)
		}
		i += end
	}
}

// pythonHook checks a hook of Deckhouse's module SDK for Python, which has its
// configuration in a string. One with braces may be a format for another text.
func (l *linter) pythonHook(name, text string) {
	for _, at := range tripleQuoted.FindAllStringSubmatchIndex(text, -1) {
		begin, end := at[2], at[3]
		if begin < 0 {
			begin, end = at[4], at[5]
		}
		if config := text[begin:end]; strings.Contains(config, "configVersion") && !strings.ContainsAny(config, "{%") {
			l.hookConfig(name, strings.Count(text[:begin], "\n"), config)
		}
	}
}

// hookKeys are the parts of a hook's configuration (shell-operator and
// addon-operator).
var hookKeys = []string{
	"configVersion", "onStartup", "beforeHelm", "afterHelm", "afterDeleteHelm", "beforeAll", "afterAll", "schedule", "kubernetes", "settings",
	"kubernetesValidating", "kubernetesMutating", "kubernetesCustomResourceConversion",
}

// hookConfig checks one configuration, which begins after the given line.
func (l *linter) hookConfig(name string, before int, text string) {
	report := func(line int, format string, args ...any) {
		l.add(Finding{Check: InvalidHook, File: name, Line: before + line, Message: fmt.Sprintf(format, args...)})
	}
	var root yaml.Node
	if err := yaml.Unmarshal([]byte(text), &root); err != nil || len(root.Content) == 0 {
		report(yamlErrorLine(err), "the configuration is not valid YAML: %v", err)
		return
	}
	config := root.Content[0]
	if config.Kind != yaml.MappingNode {
		report(config.Line, "the configuration is not an object")
		return
	}
	fields := fieldsOf(config)
	if version := fields["configVersion"]; version == nil || version.Value != "v1" {
		report(config.Line, "configVersion is not v1")
	}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(hookKeys, key) {
			report(fields[key].Line, "shell-operator knows no %s", key)
		}
	}
	for _, binding := range items(fields["kubernetes"]) {
		parts := fieldsOf(binding)
		if parts["kind"] == nil {
			report(binding.Line, "a kubernetes binding without a kind")
		}
	}
	for _, binding := range items(fields["schedule"]) {
		crontab := fieldsOf(binding)["crontab"]
		if crontab == nil || !isCrontab(crontab.Value) {
			report(binding.Line, "a schedule without a crontab of five or six fields")
		}
	}
}

func yamlErrorLine(err error) int {
	if err == nil {
		return 1
	}
	found := regexp.MustCompile(`line (\d+)`).FindStringSubmatch(err.Error())
	if found == nil {
		return 1
	}
	line, _ := strconv.Atoi(found[1])
	return line
}

func fieldsOf(node *yaml.Node) map[string]*yaml.Node {
	fields := map[string]*yaml.Node{}
	if node != nil && node.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(node.Content); i += 2 {
			fields[node.Content[i].Value] = node.Content[i+1]
		}
	}
	return fields
}

func items(node *yaml.Node) []*yaml.Node {
	if node == nil || node.Kind != yaml.SequenceNode {
		return nil
	}
	return node.Content
}

func isCrontab(text string) bool {
	n := len(strings.Fields(text))
	return n == 5 || n == 6 || strings.HasPrefix(text, "@")
}
