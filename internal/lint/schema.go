package lint

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	sigsyaml "sigs.k8s.io/yaml"
)

// schema is what the schemas of a module allow: that of all values over that of
// the settings.
type schema map[string]any

func readSchema(files map[string][]byte) (schema, bool) {
	merged := schema{"type": "object"}
	properties := map[string]any{}
	for _, file := range schemaFiles(files) {
		var content map[string]any
		if sigsyaml.Unmarshal(files[file], &content) != nil {
			return nil, false
		}
		maps.Copy(properties, asMap(content["properties"]))
		if required, ok := content["required"]; ok && strings.Contains(file, "config-values") {
			merged["required"] = required
		}
		if additional, ok := content["additionalProperties"]; ok {
			merged["additionalProperties"] = additional
		}
	}
	merged["properties"] = properties
	return merged, len(properties) > 0
}

// schemaFiles are the schemas of values, those of all editions.
func schemaFiles(files map[string][]byte) []string {
	var found []string
	for _, file := range slices.Sorted(maps.Keys(files)) {
		name := path.Base(file)
		if path.Dir(file) == "openapi" && path.Ext(file) == ".yaml" && (strings.HasPrefix(name, "config-values") || strings.HasPrefix(name, "values")) {
			found = append(found, file)
		}
	}
	return found
}

func asMap(value any) map[string]any {
	object, _ := value.(map[string]any)
	return object
}

// missing returns the part of a path that no schema has, or "".
func (s schema) missing(names []string) string {
	current := map[string]any(s)
	for i, name := range names {
		properties := asMap(current["properties"])
		if len(properties) == 0 || isOpen(current) {
			return ""
		}
		next, ok := properties[name]
		if !ok && i == 0 && name == "registry" { // Deckhouse adds it
			return ""
		}
		if !ok {
			return strings.Join(names[:i+1], ".")
		}
		current = asMap(next)
	}
	return ""
}

// isOpen reports whether a schema may allow more properties than it lists.
func isOpen(s map[string]any) bool {
	for _, keyword := range []string{"oneOf", "anyOf", "allOf", "$ref", "patternProperties", "x-kubernetes-preserve-unknown-fields"} {
		if s[keyword] != nil {
			return true
		}
	}
	additional, ok := s["additionalProperties"]
	return ok && additional != false
}

// faults returns the faults of the module's values.
func (s schema) faults(values any) []string {
	compiled, err := compile(closed(map[string]any(s)))
	if err != nil {
		return nil // a rule of the contract reports it
	}
	var found []string
	if invalid, ok := errors.AsType[*jsonschema.ValidationError](compiled.Validate(values)); ok {
		for _, leaf := range leaves(invalid) {
			found = append(found, fmt.Sprintf("%s: %s", strings.Join(leaf.InstanceLocation, "."), sentence(leaf)))
		}
	}
	return found
}

// closed returns a schema whose objects allow only the properties they list, as
// the controller reads it (addon-operator, AdditionalPropertiesTransformer).
func closed(value any) any {
	switch value := value.(type) {
	case []any:
		list := make([]any, len(value))
		for i, item := range value {
			list[i] = closed(item)
		}
		return list
	case map[string]any:
		object := map[string]any{}
		for name, inner := range value {
			object[name] = closed(inner)
		}
		if asMap(value["properties"]) != nil && !isOpen(value) {
			object["additionalProperties"] = false
		}
		return object
	}
	return value
}

func compile(s any) (*jsonschema.Schema, error) {
	const address = "module:schema"
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft4)
	c.UseLoader(jsonschema.SchemeURLLoader{}) // nothing is fetched
	if err := c.AddResource(address, s); err != nil {
		return nil, err
	}
	return c.Compile(address)
}

func leaves(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(e.Causes) == 0 {
		return []*jsonschema.ValidationError{e}
	}
	var found []*jsonschema.ValidationError
	for _, cause := range e.Causes {
		found = append(found, leaves(cause)...)
	}
	return found
}

// sentence is what a validation error says, without its address.
func sentence(e *jsonschema.ValidationError) string {
	return e.ErrorKind.LocalizedString(printer)
}

// examples checks that the defaults and examples of the schemas fit them.
func examples(files map[string][]byte) []Finding {
	var findings []Finding
	for _, file := range schemaFiles(files) {
		var root yaml.Node
		if yaml.Unmarshal(files[file], &root) == nil && len(root.Content) > 0 {
			e := &exampleChecker{file: file}
			e.walk(root.Content[0], nil)
			findings = append(findings, e.findings...)
		}
	}
	return findings
}

type exampleChecker struct {
	file     string
	findings []Finding
}

// maxSchemaDepth stops at schemas that refer to themselves through aliases.
// printer writes the sentences of validation errors.
var printer = message.NewPrinter(language.English)

const maxSchemaDepth = 50

func (e *exampleChecker) walk(node *yaml.Node, at []string) {
	fields := fieldsOf(node)
	if len(at) > maxSchemaDepth || len(fields) == 0 {
		return
	}
	var content map[string]any
	if node.Decode(&content) != nil {
		return
	}
	switch content["type"] {
	case "string", "integer", "number", "boolean":
		e.scalar(fields, content, at)
	}
	for _, name := range slices.Sorted(maps.Keys(fieldsOf(fields["properties"]))) {
		e.walk(fieldsOf(fields["properties"])[name], append(slices.Clone(at), name))
	}
	for _, keyword := range []string{"items", "additionalProperties"} {
		e.walk(fields[keyword], append(slices.Clone(at), keyword))
	}
}

func (e *exampleChecker) scalar(fields map[string]*yaml.Node, content map[string]any, at []string) {
	given := map[*yaml.Node]string{}
	for _, keyword := range []string{"default", "x-example", "example"} {
		if node := fields[keyword]; node != nil {
			given[node] = keyword
		}
	}
	for _, node := range items(fields["x-examples"]) {
		given[node] = "x-examples"
	}
	only := map[string]any{}
	for _, keyword := range []string{"type", "enum", "pattern", "minimum", "maximum", "minLength", "maxLength"} {
		if value, ok := content[keyword]; ok {
			only[keyword] = value
		}
	}
	compiled, err := compile(plain(only))
	for node, keyword := range given {
		var value any
		if err != nil || node.Decode(&value) != nil || value == nil {
			continue
		}
		if invalid, ok := errors.AsType[*jsonschema.ValidationError](compiled.Validate(plain(value))); ok {
			severity := Warning
			if keyword == "default" {
				severity = Error
			}
			e.findings = append(e.findings, Finding{
				Check: InvalidValues, Severity: severity, File: e.file, Line: node.Line,
				Message: fmt.Sprintf("%s of %s does not fit the schema: %s", keyword, strings.Join(at, "."), sentence(leaves(invalid)[0])),
			})
		}
	}
}

// plain converts what YAML decodes to what JSON does.
func plain(value any) any {
	switch value := value.(type) {
	case int:
		return float64(value)
	case []any:
		list := make([]any, len(value))
		for i, item := range value {
			list[i] = plain(item)
		}
		return list
	case map[string]any:
		object := map[string]any{}
		for name, inner := range value {
			object[name] = plain(inner)
		}
		return object
	}
	return value
}
