package templates

import (
	"slices"
	"text/template/parse"
)

// digestsPath is where the values hold the digests: by module, then by key.
var digestsPath = []string{"Values", "global", "modulesImages", "digests"}

// tolerant are functions by which a template gets along without a digest.
var tolerant = []string{"and", "coalesce", "default", "dig", "empty", "eq", "get", "hasKey", "ne", "not", "or", "ternary"}

// direct records the digests that a statement takes from the values itself and
// prints: a missing key renders as empty, and the image reference is broken. A
// template that tests for digests knows what it does.
func (c *caller) direct(sc *scope, pipe *parse.PipeNode) {
	if !sc.own || sc.testsDigests || len(pipe.Decl) > 0 {
		return
	}
	var found []Call
	tolerates := false
	inspect(pipe, func(n parse.Node) {
		cmd, ok := n.(*parse.CommandNode)
		if !ok {
			return
		}
		if fn, ok := cmd.Args[0].(*parse.IdentifierNode); ok && slices.Contains(tolerant, fn.Ident) {
			tolerates = true
		}
		for _, path := range digestPaths(cmd) {
			if len(path) == 2 {
				found = append(found, Call{File: sc.file, Own: true, Key: path[1], Module: path[0]})
			}
		}
	})
	if !tolerates {
		c.calls = append(c.calls, found...)
	}
}

// digestPaths are the ways below the digests that a command goes: by fields,
// or by index with strings.
func digestPaths(cmd *parse.CommandNode) [][]string {
	if fn, ok := cmd.Args[0].(*parse.IdentifierNode); ok && fn.Ident == "index" && len(cmd.Args) > 1 {
		path, ok := belowDigests(cmd.Args[1])
		if !ok {
			return nil
		}
		for _, arg := range cmd.Args[2:] {
			key, isString := arg.(*parse.StringNode)
			if !isString {
				return nil
			}
			path = append(path, key.Text)
		}
		return [][]string{path}
	}
	var paths [][]string
	for _, arg := range cmd.Args {
		if path, ok := belowDigests(arg); ok {
			paths = append(paths, path)
		}
	}
	return paths
}

// belowDigests returns the fields of a node after digestsPath.
func belowDigests(n parse.Node) ([]string, bool) {
	var fields []string
	switch n := n.(type) {
	case *parse.FieldNode:
		fields = n.Ident
	case *parse.VariableNode:
		fields = n.Ident[1:]
	}
	if len(fields) < len(digestsPath) || !slices.Equal(fields[:len(digestsPath)], digestsPath) {
		return nil, false
	}
	return slices.Clone(fields[len(digestsPath):]), true
}

// testsDigests reports whether a condition in a template asks for digests.
func testsDigests(root *parse.ListNode) bool {
	tests := false
	ask := func(n parse.Node) {
		if cmd, ok := n.(*parse.CommandNode); ok && len(digestPaths(cmd)) > 0 {
			tests = true
		}
	}
	var walk func(list *parse.ListNode)
	branch := func(b *parse.BranchNode) {
		inspect(b.Pipe, ask)
		walk(b.List)
		walk(b.ElseList)
	}
	walk = func(list *parse.ListNode) {
		if list == nil {
			return
		}
		for _, n := range list.Nodes {
			switch n := n.(type) {
			case *parse.IfNode:
				branch(&n.BranchNode)
			case *parse.WithNode:
				branch(&n.BranchNode)
			case *parse.RangeNode:
				branch(&n.BranchNode)
			}
		}
	}
	walk(root)
	return tests
}
