package templates

import (
	"strings"
	"text/template/parse"
)

// literals returns the values that an argument can have, as far as they are
// written down: a string, a variable that gets only strings, or a setting of
// the module with a default.
func (c *caller) literals(sc *scope, arg parse.Node) []string {
	switch arg := arg.(type) {
	case *parse.StringNode:
		return []string{arg.Text}
	case *parse.VariableNode:
		if len(arg.Ident) != 1 {
			return nil
		}
		var values []string
		for _, pipe := range sc.vars[arg.Ident[0]] {
			if text, ok := stringPipe(pipe); ok {
				values = append(values, text)
			} else if setting, ok := configSetting(pipe); ok && !sc.own {
				values = append(values, c.settings.strings(setting)...)
			} else {
				return nil
			}
		}
		return values
	}
	return nil
}

// moduleArgument resolves the module name that is passed to an image function:
// a string, .Chart.Name, or an include of a template that is one of these.
func (c *caller) moduleArgument(arg parse.Node) (name string, known bool) {
	switch arg := arg.(type) {
	case *parse.StringNode:
		return strings.Trim(arg.Text, `"`), true
	case *parse.PipeNode:
		if len(arg.Cmds) != 1 {
			return "", false
		}
		if define, ok := includeName(arg.Cmds[0]); ok {
			return constantTemplate(c.set.defines[define].tree)
		}
		return "", false
	default:
		return "", isChartName(arg)
	}
}

// constantTemplate returns the text of a template that renders nothing but
// that text, or "" for one that renders the chart's name.
func constantTemplate(tree *parse.Tree) (string, bool) {
	if tree == nil {
		return "", false
	}
	var text strings.Builder
	for _, n := range tree.Root.Nodes {
		switch n := n.(type) {
		case *parse.TextNode:
			text.WriteString(string(n.Text))
		case *parse.CommentNode:
		case *parse.ActionNode:
			if s, ok := stringPipe(n.Pipe); ok {
				text.WriteString(s)
				continue
			}
			return "", len(n.Pipe.Cmds) == 1 && len(n.Pipe.Cmds[0].Args) == 1 && isChartName(n.Pipe.Cmds[0].Args[0])
		default:
			return "", false
		}
	}
	return strings.TrimSpace(text.String()), true
}

func isChartName(n parse.Node) bool { return strings.HasSuffix(n.String(), ".Chart.Name") }
