package templates

import (
	"strings"
	"text/template/parse"
)

// settings are the parameters that a module gives to templates of lib-helm, as
// far as its own templates write them down: dict "key" value, set $d "key"
// value. A lib-helm template reads them as $config.key with a default.
type settings map[string][]parse.Node

// setting is how a template reads one parameter.
type setting struct {
	key      string
	fallback parse.Node // nil: no default
}

// settings collects the parameters in the module's own templates.
func (s *templateSet) settings() settings {
	found := settings{}
	collect := func(n parse.Node) {
		cmd, ok := n.(*parse.CommandNode)
		if !ok {
			return
		}
		fn, ok := cmd.Args[0].(*parse.IdentifierNode)
		if !ok {
			return
		}
		args := cmd.Args[1:]
		switch {
		case fn.Ident == "set" && len(args) == 3:
			args = args[1:]
		case fn.Ident != "dict":
			return
		}
		for i := 0; i+1 < len(args); i += 2 {
			if key, ok := args[i].(*parse.StringNode); ok {
				found[key.Text] = append(found[key.Text], args[i+1])
			}
		}
	}
	for _, src := range s.roots {
		inspect(src.tree.Root, collect)
	}
	for _, src := range s.defines {
		if src.own {
			inspect(src.tree.Root, collect)
		}
	}
	return found
}

// configSetting recognises the ways in which lib-helm reads a parameter:
// $config.key, $config.key | default value, dig "key" value $config.
func configSetting(pipe *parse.PipeNode) (setting, bool) {
	first := pipe.Cmds[0].Args
	if fn, ok := first[0].(*parse.IdentifierNode); ok && fn.Ident == "dig" && len(pipe.Cmds) == 1 && len(first) == 4 {
		key, ok := first[1].(*parse.StringNode)
		if !ok || !strings.HasPrefix(first[3].String(), "$config") {
			return setting{}, false
		}
		return setting{key.Text, first[2]}, true
	}
	v, ok := first[0].(*parse.VariableNode)
	if !ok || len(first) != 1 || len(v.Ident) != 2 || v.Ident[0] != "$config" {
		return setting{}, false
	}
	switch {
	case len(pipe.Cmds) == 1:
		return setting{key: v.Ident[1]}, true
	case len(pipe.Cmds) == 2 && len(pipe.Cmds[1].Args) == 2 && pipe.Cmds[1].Args[0].String() == "default":
		return setting{v.Ident[1], pipe.Cmds[1].Args[1]}, true
	}
	return setting{}, false
}

// strings returns the values that a parameter can have: those the module
// writes down, else the default. Computed values are unknown and left out.
func (s settings) strings(p setting) []string {
	nodes := s[p.key]
	if len(nodes) == 0 {
		nodes = []parse.Node{p.fallback}
	}
	var values []string
	for _, n := range nodes {
		if text, ok := n.(*parse.StringNode); ok {
			values = append(values, text.Text)
		}
	}
	return values
}

// holds evaluates the condition of an if, when it is a parameter whose value
// the module writes down or leaves at its default.
func (s settings) holds(sc *scope, pipe *parse.PipeNode) (value, known bool) {
	if len(pipe.Cmds) != 1 || len(pipe.Cmds[0].Args) != 1 {
		return false, false
	}
	v, ok := pipe.Cmds[0].Args[0].(*parse.VariableNode)
	if !ok || len(v.Ident) != 1 || len(sc.vars[v.Ident[0]]) != 1 {
		return false, false
	}
	p, ok := configSetting(sc.vars[v.Ident[0]][0])
	if !ok {
		return false, false
	}
	switch nodes := s[p.key]; len(nodes) {
	case 0:
		return truth(p.fallback)
	case 1:
		return truth(nodes[0])
	default:
		return false, false
	}
}

// truth reports whether a literal is true for a template's if.
func truth(n parse.Node) (value, known bool) {
	switch n := n.(type) {
	case nil:
		return false, true // an absent parameter
	case *parse.BoolNode:
		return n.True, true
	case *parse.StringNode:
		return n.Text != "", true
	default:
		return false, false
	}
}
