package projectfile

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

//go:embed schema.json
var schemaJSON []byte

// Schema returns the JSON Schema of modship.yaml.
func Schema() []byte { return bytes.Clone(schemaJSON) }

// compiled returns the schema, compiled once.
var compiled = sync.OnceValue(func() *jsonschema.Schema {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemaJSON))
	if err != nil {
		panic(err) // schema.json is part of the program and tested
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(SchemaURL, document); err != nil {
		panic(err) // as above
	}
	return compiler.MustCompile(SchemaURL)
})

// check returns what of the value does not follow the schema.
func check(value any, at positions) []Problem {
	var invalid *jsonschema.ValidationError
	if err := compiled().Validate(value); !errors.As(err, &invalid) {
		return nil
	}
	return problemsOf(invalid, at)
}

// problemsOf flattens the tree of causes to its leaves.
func problemsOf(e *jsonschema.ValidationError, at positions) []Problem {
	var list []Problem
	for _, cause := range e.Causes {
		list = append(list, problemsOf(cause, at)...)
	}
	if len(e.Causes) > 0 {
		return list
	}
	path := e.InstanceLocation
	if unknown, ok := e.ErrorKind.(*kind.AdditionalProperties); ok {
		for _, key := range unknown.Properties {
			list = append(list, problemAt(at[join(step(path, key))+keyMark], unknownKey(path, key)))
		}
		return list
	}
	return []Problem{problemAt(at[join(path)], sentence(path, e.ErrorKind))}
}

func problemAt(p position, message string) Problem {
	return Problem{Line: p.line, Column: p.column, Message: message}
}

func unknownKey(path []string, key string) string {
	where := ""
	if len(path) > 0 {
		where = " in " + name(path)
	}
	return fmt.Sprintf("unknown key %q%s%s", key, where, expected(key, knownKeys(path)))
}

// sentence describes the fault of the value at path.
func sentence(path []string, wrong jsonschema.ErrorKind) string {
	subject := name(path)
	switch k := wrong.(type) {
	case *kind.Required:
		return fmt.Sprintf("%s needs %s", subject, strings.Join(k.Missing, ", "))
	case *kind.Type:
		return fmt.Sprintf("%s is %s: expected %s", subject, words[k.Got], wordsOf(k.Want))
	case *kind.Enum:
		var want []string
		for _, v := range k.Want {
			want = append(want, fmt.Sprint(v))
		}
		return fmt.Sprintf("%s is %q%s", subject, fmt.Sprint(k.Got), expected(fmt.Sprint(k.Got), want))
	case *kind.Pattern:
		return fmt.Sprintf("%s is %q: expected %s", subject, k.Got, patterns[k.Want])
	case *kind.PropertyNames:
		return fmt.Sprintf("%q is not a valid name in %s", k.Property, subject)
	case *kind.MinLength:
		return subject + " is empty"
	case *kind.Minimum:
		return fmt.Sprintf("%s is too small: expected at least %s", subject, k.Want.RatString())
	}
	return fmt.Sprintf("%s is not valid: %v", subject, wrong)
}

// words names the types of JSON in the words of YAML.
var words = map[string]string{
	"object": "a mapping", "array": "a list", "string": "text", "number": "a number", "integer": "a whole number",
	"boolean": "true or false", "null": "empty",
}

func wordsOf(types []string) string {
	var list []string
	for _, t := range types {
		list = append(list, words[t])
	}
	slices.Reverse(list) // the schema's order has text last
	return strings.Join(list, " or ")
}

// patterns say in words what the patterns of the schema match.
var patterns = map[string]string{
	"^https?://":     "an address that begins with https:// or http://",
	"^[0-9a-f]{64}$": "64 hexadecimal digits in lower case",
}

// name returns the path as people write it: targets.dev.source, files[0].url.
func name(path []string) string {
	if len(path) == 0 {
		return FileName
	}
	var b strings.Builder
	for i, element := range path {
		switch {
		case isIndex(element):
			b.WriteString("[" + element + "]")
		case i > 0:
			b.WriteString("." + element)
		default:
			b.WriteString(element)
		}
	}
	return b.String()
}

func isIndex(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// knownKeys returns the keys that the schema has for the object at path.
func knownKeys(path []string) []string {
	s := compiled()
	for _, element := range append([]string{""}, path...) {
		switch below := s.Properties[element]; {
		case element == "":
		case below != nil:
			s = below
		case isIndex(element) && s.Items2020 != nil:
			s = s.Items2020
		default:
			if further, ok := s.AdditionalProperties.(*jsonschema.Schema); ok {
				s = further
			}
		}
		for s.Ref != nil {
			s = s.Ref
		}
	}
	return sortedKeys(s.Properties)
}
