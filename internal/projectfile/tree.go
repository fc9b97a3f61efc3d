package projectfile

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// position is a place in the file, counted from 1.
type position struct{ line, column int }

// positions are the places of values by their joined paths; keys of mappings
// have the path of the value with keyMark at the end.
type positions map[string]position

const keyMark = "\x00key"

// join makes one string of a path.
func join(path []string) string { return strings.Join(path, "\x00") }

func (p positions) add(path []string, mark string, n *yaml.Node) {
	p[join(path)+mark] = position{n.Line, n.Column}
}

// tree converts YAML nodes to the values that a JSON Schema is about, and keeps
// where each value is.
type tree struct {
	positions positions
	problems  []Problem
}

func (t *tree) convert(n *yaml.Node, path []string) any {
	t.positions.add(path, "", n)
	switch n.Kind {
	case yaml.AliasNode:
		t.report(n, "aliases are not supported: write the value out")
		return nil
	case yaml.MappingNode:
		return t.mapping(n, path)
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			list[i] = t.convert(item, step(path, strconv.Itoa(i)))
		}
		return list
	}
	return scalar(n)
}

func (t *tree) mapping(n *yaml.Node, path []string) map[string]any {
	object := map[string]any{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		below := step(path, key.Value)
		if first, double := t.positions[join(below)+keyMark]; double {
			t.report(key, fmt.Sprintf("%s is defined twice: first in line %d", key.Value, first.line))
			continue
		}
		t.positions.add(below, keyMark, key)
		converted := t.convert(value, below)
		if converted == nil && len(path) == 0 {
			continue // a section whose entries are all commented out
		}
		object[key.Value] = converted
	}
	return object
}

func (t *tree) report(n *yaml.Node, message string) {
	t.problems = append(t.problems, Problem{Line: n.Line, Column: n.Column, Message: message})
}

// step returns path with one more element, without sharing memory with it.
func step(path []string, element string) []string {
	return append(slices.Clip(path), element)
}

// scalar returns the JSON value of a scalar. Numbers that JSON does not have,
// dates and the like are text.
func scalar(n *yaml.Node) any {
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		var b bool
		if n.Decode(&b) == nil {
			return b
		}
	case "!!int", "!!float":
		if json.Valid([]byte(n.Value)) {
			return json.Number(n.Value)
		}
	}
	return n.Value
}
