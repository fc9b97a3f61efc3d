// Package templates finds the images that the Helm templates of a module name,
// without executing them, and reads .helmignore.
package templates

import (
	"slices"
	"strings"
	"text/template/parse"

	"github.com/modship/modship/pkg/contract/internal/artifact"
	"github.com/modship/modship/pkg/module"
)

// Calls are the images that a module's templates name.
type Calls struct {
	Names  []Call
	Broken map[string]error // files of the module that do not parse
}

// Find returns the images that the templates of a bundle or repository name, as
// far as Helm reads the files.
func Find(t *artifact.Tree) Calls {
	set := parseTemplates(t)
	return Calls{Names: set.calls(), Broken: set.broken}
}

// Use reports whether an image of the module name is used.
func (calls Calls) Use(name string) bool {
	return slices.ContainsFunc(calls.Names, func(call Call) bool { return call.Of(name) })
}

// Call is one use of lib-helm's image functions.
type Call struct {
	File     string
	Own      bool   // in the module's own templates, not in a chart it carries
	Rendered bool   // found by rendering, not by reading
	Key      string // image key: a literal, unless rendered
	Module   string // the module that is named, "" for this one
}

// Of reports whether the image is one of the module name; all are if that is not
// known.
func (call Call) Of(name string) bool {
	return call.Module == "" || name == "" || module.TemplateKey(call.Module) == module.TemplateKey(name)
}

// Functions of lib-helm that fail when the key has no digest. Their _no_fail
// variants render an empty string instead and are not checked.
var imageFunctions = []string{"helm_lib_module_image", "helm_lib_module_image_digest"}

// caller walks the templates that Helm would execute.
type caller struct {
	set      *templateSet
	settings settings
	visited  map[string]bool
	calls    []Call
}

// scope is the template a node belongs to.
type scope struct {
	source
	vars         map[string][]*parse.PipeNode // assignments of each variable
	testsDigests bool                         // a condition asks for digests in the values
}

// calls returns the image calls with known names in all templates that are
// reached from the module's files.
func (s *templateSet) calls() []Call {
	c := &caller{set: s, settings: s.settings(), visited: map[string]bool{}}
	for _, root := range s.roots {
		c.template(root)
	}
	slices.SortFunc(c.calls, func(a, b Call) int {
		return strings.Compare(a.File+"\x00"+a.Key+"\x00"+a.Module, b.File+"\x00"+b.Key+"\x00"+b.Module)
	})
	return slices.Compact(c.calls)
}

func (c *caller) template(src source) {
	sc := &scope{source: src, vars: map[string][]*parse.PipeNode{}, testsDigests: testsDigests(src.tree.Root)}
	inspect(src.tree.Root, func(n parse.Node) {
		if pipe, ok := n.(*parse.PipeNode); ok {
			for _, v := range pipe.Decl {
				sc.vars[v.Ident[0]] = append(sc.vars[v.Ident[0]], pipe)
			}
		}
	})
	c.list(sc, src.tree.Root)
}

// list walks statements. Branches that the module's settings rule out are
// skipped in templates of other charts: their authors guard what a module does
// not use.
func (c *caller) list(sc *scope, list *parse.ListNode) {
	if list == nil {
		return
	}
	for _, n := range list.Nodes {
		switch n := n.(type) {
		case *parse.IfNode:
			c.pipe(sc, n.Pipe)
			holds, known := c.settings.holds(sc, n.Pipe)
			if sc.own || known && holds {
				c.list(sc, n.List)
			}
			if sc.own || known && !holds {
				c.list(sc, n.ElseList)
			}
		case *parse.RangeNode:
			c.branch(sc, &n.BranchNode)
		case *parse.WithNode:
			c.branch(sc, &n.BranchNode)
		case *parse.ActionNode:
			c.pipe(sc, n.Pipe)
			c.direct(sc, n.Pipe)
		case *parse.TemplateNode:
			c.templateNode(sc, n)
		}
	}
}

func (c *caller) branch(sc *scope, n *parse.BranchNode) {
	c.pipe(sc, n.Pipe)
	c.list(sc, n.List)
	c.list(sc, n.ElseList)
}

// pipe looks for includes in a pipeline and in the pipelines within it.
func (c *caller) pipe(sc *scope, pipe *parse.PipeNode) {
	if pipe == nil {
		return
	}
	for i, cmd := range pipe.Cmds {
		for _, arg := range cmd.Args {
			if inner, ok := arg.(*parse.PipeNode); ok {
				c.pipe(sc, inner)
			}
		}
		name, ok := includeName(cmd)
		if !ok {
			continue
		}
		if !slices.Contains(imageFunctions, name) {
			c.include(name)
			continue
		}
		c.imageCall(sc, includeArguments(pipe, i))
	}
}

// templateNode follows {{ template "name" argument }}.
func (c *caller) templateNode(sc *scope, n *parse.TemplateNode) {
	if slices.Contains(imageFunctions, n.Name) {
		c.imageCall(sc, templateArguments(n.Pipe))
	} else {
		c.include(n.Name)
	}
	c.pipe(sc, n.Pipe)
}

// include walks a named template once.
func (c *caller) include(name string) {
	src, ok := c.set.defines[name]
	if !ok || c.visited[name] {
		return
	}
	c.visited[name] = true
	c.template(src)
}

// Call records a call with the arguments context, image key and,
// optionally, module name.
func (c *caller) imageCall(sc *scope, args []parse.Node) {
	if len(args) < 2 {
		return
	}
	other := ""
	if len(args) > 2 {
		name, known := c.moduleArgument(args[2])
		if !known {
			return // it may be any module
		}
		other = name
	}
	for _, key := range c.literals(sc, args[1]) {
		c.calls = append(c.calls, Call{File: sc.file, Own: sc.own, Key: strings.Trim(key, `"`), Module: other})
	}
}
