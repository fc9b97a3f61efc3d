package chart

import (
	"maps"
	"slices"
	"strings"
	"text/template/parse"
)

// fixedFunctions are the template functions that return something else at each
// call (sprig's docs: crypto, date, random), with the pipeline stage that
// restores the type of their result. Calls are redirected to the template
// modship_fixed, so that rendering twice gives the same objects.
var fixedFunctions = map[string]string{
	"randAlpha": "", "randAlphaNum": "", "randAscii": "", "randNumeric": "", "randBytes": "", "shuffle": "", "uuidv4": "",
	"randInt": " | int", "now": ` | toDate "2006-01-02"`, "ago": "", "htpasswd": "", "bcrypt": "", "encryptAES": "", "genPrivateKey": "",
	"genCA": certificateStage, "genCAWithKey": certificateStage,
	"genSelfSignedCert": certificateStage, "genSelfSignedCertWithKey": certificateStage,
	"genSignedCert": certificateStage, "genSignedCertWithKey": certificateStage,
}

const certificateStage = " | fromJson"

// fixedTemplate gets the name of a function and its arguments. What it makes of
// them depends on nothing else. Its secrets are made of public text and open
// nothing.
const fixedTemplate = `
{{- define "modship_pem" -}}
{{ printf "-----BEGIN %s-----\n%s\n-----END %s-----\n" (index . 0) (index . 1 | toString | sha256sum | b64enc) (index . 0) }}
{{- end -}}
{{- define "modship_fixed" -}}
  {{- $name := index . 0 -}}
  {{- $seed := printf "%v" . | sha256sum -}}
  {{- if hasPrefix "rand" $name | and (ne $name "randInt") -}}
    {{- $length := index . 1 | int -}}
    {{- if gt $length 65536 -}}{{- fail (printf "%s of %d characters" $name $length) -}}{{- end -}}
    {{- if eq $name "randNumeric" -}}{{- repeat $length "7" -}}
    {{- else if eq $name "randBytes" -}}{{- repeat $length "x" | b64enc -}}
    {{- else -}}{{- repeat $length "x" -}}{{- end -}}
  {{- else if eq $name "randInt" -}}{{ index . 1 }}
  {{- else if eq $name "shuffle" -}}{{ index . 1 }}
  {{- else if eq $name "uuidv4" -}}00000000-0000-4000-8000-000000000000
  {{- else if eq $name "now" -}}2000-01-01
  {{- else if eq $name "ago" -}}0s
  {{- else if eq $name "htpasswd" -}}{{ index . 1 }}:$2a$10${{ trunc 53 $seed }}
  {{- else if eq $name "bcrypt" -}}$2a$10${{ trunc 53 $seed }}
  {{- else if eq $name "encryptAES" -}}{{ b64enc $seed }}
  {{- else if eq $name "genPrivateKey" -}}{{ include "modship_pem" (list "PRIVATE KEY" $seed) }}
  {{- else -}}
    {{- dict "Cert" (include "modship_pem" (list "CERTIFICATE" $seed)) "Key" (include "modship_pem" (list "PRIVATE KEY" $seed)) | toJson -}}
  {{- end -}}
{{- end -}}
`

// edit replaces the bytes from at to end of a template.
type edit struct {
	at, end int
	text    string
}

// fix redirects the calls of fixedFunctions in a template. Every line stays
// where it is. A template that does not parse is returned as it is: the engine
// reports why.
func fix(name, text string) string {
	if !slices.ContainsFunc(slices.Collect(maps.Keys(fixedFunctions)), func(f string) bool { return strings.Contains(text, f) }) {
		return text
	}
	tree := parse.New(name)
	tree.Mode = parse.SkipFuncCheck
	trees := map[string]*parse.Tree{}
	if _, err := tree.Parse(text, "", "", trees); err != nil {
		return text
	}
	f := &fixer{text: text}
	for _, tree := range trees {
		f.node(tree.Root)
	}
	slices.SortFunc(f.edits, func(a, b edit) int { return b.at - a.at })
	for _, e := range f.edits {
		text = text[:e.at] + e.text + text[e.end:]
	}
	return text
}

type fixer struct {
	text  string
	edits []edit
}

func (f *fixer) node(node parse.Node) {
	switch node := node.(type) {
	case *parse.ListNode:
		if node != nil {
			for _, child := range node.Nodes {
				f.node(child)
			}
		}
	case *parse.ActionNode:
		f.pipe(node.Pipe)
	case *parse.IfNode:
		f.branch(&node.BranchNode)
	case *parse.RangeNode:
		f.branch(&node.BranchNode)
	case *parse.WithNode:
		f.branch(&node.BranchNode)
	case *parse.TemplateNode:
		f.pipe(node.Pipe)
	case *parse.PipeNode:
		f.pipe(node)
	case *parse.ChainNode:
		f.argument(node.Node)
	}
}

func (f *fixer) branch(node *parse.BranchNode) {
	f.pipe(node.Pipe)
	f.node(node.List)
	f.node(node.ElseList)
}

func (f *fixer) pipe(pipe *parse.PipeNode) {
	if pipe == nil {
		return
	}
	for _, command := range pipe.Cmds {
		for i, argument := range command.Args {
			if i == 0 {
				f.call(argument)
			} else {
				f.argument(argument)
			}
		}
	}
}

// call redirects a command: its arguments become a list, and what a pipe brings
// is the last of them.
func (f *fixer) call(function parse.Node) {
	name, stage, ok := f.fixed(function)
	if !ok {
		f.node(function)
		return
	}
	at := int(function.Position())
	end := commandEnd(f.text, at)
	f.edits = append(f.edits,
		edit{at: end, end: end, text: ` | include "modship_fixed"` + stage + " "},
		edit{at: at, end: at + len(name), text: `list "` + name + `"`})
}

// argument redirects a function without arguments that is an argument itself.
func (f *fixer) argument(node parse.Node) {
	name, stage, ok := f.fixed(node)
	if !ok {
		f.node(node)
		return
	}
	at := int(node.Position())
	f.edits = append(f.edits, edit{at: at, end: at + len(name), text: `(list "` + name + `" | include "modship_fixed"` + stage + ")"})
}

func (f *fixer) fixed(node parse.Node) (name, stage string, ok bool) {
	identifier, is := node.(*parse.IdentifierNode)
	if !is {
		return "", "", false
	}
	stage, ok = fixedFunctions[identifier.Ident]
	at := int(node.Position())
	return identifier.Ident, stage, ok && strings.HasPrefix(f.text[at:], identifier.Ident)
}

// commandEnd returns where the command that begins at start ends: before the
// next stage of its pipe, or the end of its parentheses or action.
func commandEnd(text string, start int) int {
	depth, i := 0, start
	for ; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"' || c == '\'' || c == '`':
			i += quotedLength(text[i:]) - 1
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case depth == 0 && (c == ')' || c == '|' || strings.HasPrefix(text[i:], "}}") || strings.HasPrefix(text[i:], "-}}")):
			return start + len(strings.TrimRight(text[start:i], " \t\r\n"))
		}
	}
	return i
}

// quotedLength returns the length of the string or character that text begins
// with, quotes included.
func quotedLength(text string) int {
	quote := text[0]
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quote != '`':
			i++
		case text[i] == quote:
			return i + 1
		}
	}
	return len(text)
}
