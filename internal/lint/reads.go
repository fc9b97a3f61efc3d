package lint

import (
	"maps"
	"path"
	"slices"
	"strings"
	"text/template/parse"
)

// read is a value of the module that a template reads by name.
type read struct {
	file string
	line int
	path []string // below .Values.<module>
}

// readsOf returns the values of the module that its own templates read.
func readsOf(files map[string][]byte, key string) []read {
	var all []read
	for _, file := range slices.Sorted(maps.Keys(files)) {
		if !strings.HasPrefix(file, "templates/") || !isTemplate(file) {
			continue
		}
		tree := parse.New(file)
		tree.Mode = parse.SkipFuncCheck
		trees := map[string]*parse.Tree{}
		if _, err := tree.Parse(string(files[file]), "", "", trees); err != nil {
			continue // reported as a template that fails
		}
		r := &reader{file: file, text: string(files[file]), key: key}
		for _, name := range slices.Sorted(maps.Keys(trees)) {
			r.walk(trees[name].Root)
		}
		all = append(all, r.found...)
	}
	return all
}

func isTemplate(file string) bool {
	switch path.Ext(file) {
	case ".yaml", ".yml", ".tpl":
		return true
	}
	return false
}

type reader struct {
	file, text, key string
	found           []read
}

func (r *reader) walk(node parse.Node) {
	switch node := node.(type) {
	case *parse.ListNode:
		if node != nil {
			for _, child := range node.Nodes {
				r.walk(child)
			}
		}
	case *parse.ActionNode:
		r.walk(node.Pipe)
	case *parse.IfNode:
		r.branch(&node.BranchNode)
	case *parse.RangeNode:
		r.branch(&node.BranchNode)
	case *parse.WithNode:
		r.branch(&node.BranchNode)
	case *parse.TemplateNode:
		r.walk(node.Pipe)
	case *parse.PipeNode:
		if node != nil {
			for _, command := range node.Cmds {
				for _, argument := range command.Args {
					r.walk(argument)
				}
			}
		}
	case *parse.ChainNode:
		r.walk(node.Node)
	case *parse.FieldNode:
		r.value(node.Ident, node.Position())
	case *parse.VariableNode:
		if node.Ident[0] == "$" {
			r.value(node.Ident[1:], node.Position())
		}
	}
}

func (r *reader) branch(node *parse.BranchNode) {
	r.walk(node.Pipe)
	r.walk(node.List)
	r.walk(node.ElseList)
}

func (r *reader) value(names []string, at parse.Pos) {
	if len(names) > 2 && names[0] == "Values" && names[1] == r.key {
		r.found = append(r.found, read{file: r.file, line: 1 + strings.Count(r.text[:at], "\n"), path: names[2:]})
	}
}
