package templates

import "text/template/parse"

// includeName returns the name of the template that a command includes.
func includeName(cmd *parse.CommandNode) (string, bool) {
	if len(cmd.Args) < 2 {
		return "", false
	}
	fn, isIdentifier := cmd.Args[0].(*parse.IdentifierNode)
	name, isString := cmd.Args[1].(*parse.StringNode)
	if !isIdentifier || !isString || fn.Ident != "include" {
		return "", false
	}
	return name.Text, true
}

// includeArguments returns the elements of the list that the include at
// pipe.Cmds[i] gets: as its argument or through the pipeline.
func includeArguments(pipe *parse.PipeNode, i int) []parse.Node {
	cmd := pipe.Cmds[i]
	if len(cmd.Args) > 2 {
		if inner, ok := cmd.Args[2].(*parse.PipeNode); ok && len(inner.Cmds) == 1 {
			return listElements(inner.Cmds[0])
		}
		return nil
	}
	if i > 0 {
		return listElements(pipe.Cmds[i-1])
	}
	return nil
}

// templateArguments returns the elements of the list that a template statement
// passes.
func templateArguments(pipe *parse.PipeNode) []parse.Node {
	if pipe == nil {
		return nil
	}
	cmd := pipe.Cmds[len(pipe.Cmds)-1]
	if inner, ok := cmd.Args[0].(*parse.PipeNode); ok && len(cmd.Args) == 1 && len(inner.Cmds) == 1 {
		cmd = inner.Cmds[0]
	}
	return listElements(cmd)
}

// listElements returns the arguments of a call of list or tuple.
func listElements(cmd *parse.CommandNode) []parse.Node {
	if fn, ok := cmd.Args[0].(*parse.IdentifierNode); ok && (fn.Ident == "list" || fn.Ident == "tuple") {
		return cmd.Args[1:]
	}
	return nil
}

// stringPipe returns the value of a pipeline that is one string.
func stringPipe(pipe *parse.PipeNode) (string, bool) {
	if len(pipe.Cmds) != 1 || len(pipe.Cmds[0].Args) != 1 {
		return "", false
	}
	s, ok := pipe.Cmds[0].Args[0].(*parse.StringNode)
	if !ok {
		return "", false
	}
	return s.Text, true
}

// inspect calls fn for every statement and pipeline below n.
func inspect(n parse.Node, fn func(parse.Node)) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, child := range n.Nodes {
			inspect(child, fn)
		}
	case *parse.IfNode:
		inspectBranch(&n.BranchNode, fn)
	case *parse.RangeNode:
		inspectBranch(&n.BranchNode, fn)
	case *parse.WithNode:
		inspectBranch(&n.BranchNode, fn)
	case *parse.ActionNode:
		inspect(n.Pipe, fn)
	case *parse.TemplateNode:
		if n.Pipe != nil {
			inspect(n.Pipe, fn)
		}
	case *parse.PipeNode:
		fn(n)
		for _, cmd := range n.Cmds {
			inspect(cmd, fn)
		}
	case *parse.CommandNode:
		fn(n)
		for _, arg := range n.Args {
			if inner, ok := arg.(*parse.PipeNode); ok {
				inspect(inner, fn)
			}
		}
	}
}

func inspectBranch(n *parse.BranchNode, fn func(parse.Node)) {
	inspect(n.Pipe, fn)
	inspect(n.List, fn)
	inspect(n.ElseList, fn)
}
