package manifest

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
	sigsyaml "sigs.k8s.io/yaml"
)

// Fault is a rendered document that is not an object, or that has a key twice.
type Fault struct {
	File    string
	Line    int // of the rendered file
	Message string
	// Fatal means that there is no object; otherwise the last value of the key
	// counts.
	Fatal bool
}

// Parse reads the objects of rendered files. Empty documents are left out.
func Parse(texts map[string]string) ([]*Object, []Fault) {
	var objects []*Object
	var faults []Fault
	for _, file := range slices.Sorted(maps.Keys(texts)) {
		if isNotes(file) {
			continue
		}
		for _, part := range documents(texts[file]) {
			found, fault := read(file, part)
			objects = append(objects, found...)
			faults = append(faults, fault...)
		}
	}
	return objects, faults
}

// isNotes reports whether a file is text for people, which Helm does not
// install.
func isNotes(file string) bool { return strings.HasSuffix(file, "NOTES.txt") }

type document struct {
	line int
	text string
}

var separator = regexp.MustCompile(`(?m)^---(?:[ \t].*)?\r?$`)

// documents splits a file at the separators of YAML documents, as Helm does.
func documents(text string) []document {
	var parts []document
	start := 0
	for _, at := range append(separator.FindAllStringIndex(text, -1), []int{len(text), len(text)}) {
		part := text[start:at[0]]
		if hasContent(part) {
			parts = append(parts, document{line: 1 + strings.Count(text[:start], "\n"), text: part})
		}
		start = at[1]
	}
	return parts
}

// hasContent reports whether a document has more than white space and comments.
func hasContent(part string) bool {
	for line := range strings.Lines(part) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return true
		}
	}
	return false
}

var yamlLine = regexp.MustCompile(`line (\d+): `)

func read(file string, part document) ([]*Object, []Fault) {
	fatal := func(line int, format string, args ...any) []Fault {
		return []Fault{{File: file, Line: line, Message: fmt.Sprintf(format, args...), Fatal: true}}
	}
	var root yaml.Node
	if err := yaml.Unmarshal([]byte(part.text), &root); err != nil {
		line, message := part.line, strings.TrimPrefix(err.Error(), "yaml: ")
		if found := yamlLine.FindStringSubmatch(message); found != nil {
			n, _ := strconv.Atoi(found[1])
			line, message = part.line+n-1, yamlLine.ReplaceAllString(message, "")
		}
		return nil, fatal(line, "not valid YAML: %s", message)
	}
	if len(root.Content) == 0 {
		return nil, nil
	}
	begin := part.line + root.Content[0].Line - 1
	var data any
	if err := sigsyaml.Unmarshal([]byte(part.text), &data); err != nil {
		return nil, fatal(begin, "not valid YAML: %s", yamlLine.ReplaceAllString(err.Error(), ""))
	}
	content, ok := data.(map[string]any)
	switch {
	case data == nil:
		return nil, nil
	case !ok:
		return nil, fatal(begin, "expected a Kubernetes object, found text or a list")
	case text(content["apiVersion"]) == "" || text(content["kind"]) == "":
		return nil, fatal(begin, "the object has no apiVersion or no kind")
	}
	object := &Object{File: file, Line: begin, offset: part.line - 1, Content: strings.TrimSpace(part.text) + "\n", Data: content, node: root.Content[0]}
	return object.items(), twice(file, part.line, root.Content[0])
}

// items returns the objects of a list, or the object itself.
func (o *Object) items() []*Object {
	list := List(o.Data, "items")
	if o.Kind() != "List" && (!strings.HasSuffix(o.Kind(), "List") || list == nil) {
		return []*Object{o}
	}
	_, items := child(o.node, "items")
	var objects []*Object
	for i, item := range list {
		data, ok := item.(map[string]any)
		if !ok {
			continue
		}
		_, node := child(items, i)
		content, _ := sigsyaml.Marshal(data)
		objects = append(objects, &Object{File: o.File, Line: o.Line, offset: o.offset, Content: string(content), Data: data, node: node})
	}
	return objects
}

// twice finds the keys that an object has twice.
func twice(file string, line int, node *yaml.Node) []Fault {
	var faults []Fault
	if node.Kind == yaml.MappingNode {
		seen := map[string]bool{}
		for i := 0; i+1 < len(node.Content); i += 2 {
			key := node.Content[i]
			if seen[key.Value] && key.Value != "<<" {
				faults = append(faults, Fault{File: file, Line: line + key.Line - 1, Message: fmt.Sprintf("the key %s is there twice: the first value is lost", key.Value)})
			}
			seen[key.Value] = true
		}
	}
	for _, inner := range node.Content {
		faults = append(faults, twice(file, line, inner)...)
	}
	return faults
}
