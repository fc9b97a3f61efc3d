// Package schema reads OpenAPI schemas as the DKP controller does.
package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/go-openapi/spec"
	"sigs.k8s.io/yaml"

	"github.com/modship/modship/pkg/module"
)

// Parse reads an OpenAPI schema as the controller does (addon-operator,
// LoadSchemaFromBytes): it decodes it with the same library, and looks for what
// its references refer to. Nothing but data is read: the library's expansion of
// references, which opens files and addresses, is not used. An empty file is an
// empty schema.
func Parse(data []byte) (map[string]any, error) {
	var schema map[string]any
	encoded, err := yaml.YAMLToJSON(data)
	if err == nil {
		err = yaml.Unmarshal(data, &schema)
	}
	if err != nil {
		return nil, errors.New(module.YAMLReason(err))
	}
	if isDeeper(schema, maxSchemaDepth) {
		return schema, errors.New("nested too deeply")
	}
	if err := json.Unmarshal(encoded, &spec.Schema{}); err != nil {
		if located := schemaFault("", schema); located != nil {
			err = located
		}
		return schema, errors.New(module.YAMLReason(err))
	}
	return schema, checkLocalRefs(schema)
}

// maxSchemaDepth stops at schemas that no one writes: the library's work grows
// with each level.
const maxSchemaDepth = 100

func isDeeper(value any, levels int) bool {
	deeper := func(child any) bool { return isDeeper(child, levels-1) }
	switch value := value.(type) {
	case map[string]any:
		return levels == 0 || slices.ContainsFunc(slices.Collect(maps.Values(value)), deeper)
	case []any:
		return levels == 0 || slices.ContainsFunc(value, deeper)
	default:
		return false
	}
}

// schemaFault finds the place where a schema does not decode, or returns nil.
func schemaFault(at string, schema map[string]any) error {
	for _, keyword := range slices.Sorted(maps.Keys(schema)) {
		err := decodeSchema(map[string]any{keyword: schema[keyword]})
		if err == nil {
			continue
		}
		for _, child := range subschemas(at, keyword, schema[keyword]) {
			if inner, ok := child.value.(map[string]any); ok {
				if fault := schemaFault(child.at, inner); fault != nil {
					return fault
				}
			} else if decodeSchema(child.value) != nil {
				return fmt.Errorf("%s: expected a schema", child.at)
			}
		}
		return fmt.Errorf("%s/%s: expected %s", at, keyword, expectedType(keyword, err))
	}
	return nil
}

func decodeSchema(value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, &spec.Schema{})
}

// expectedType says what a keyword's value should have been.
func expectedType(keyword string, err error) string {
	switch keyword {
	case "properties", "patternProperties", "definitions", "dependencies":
		return "a map of schemas"
	case "oneOf", "anyOf", "allOf":
		return "a list of schemas"
	case "type", "required":
		return "strings"
	}
	var wrong *json.UnmarshalTypeError
	if !errors.As(err, &wrong) {
		return "another type: " + err.Error()
	}
	switch wrong.Type.Kind() {
	case reflect.String:
		return "a string, found " + foundType(wrong.Value)
	case reflect.Bool:
		return "true or false, found " + foundType(wrong.Value)
	case reflect.Int64:
		return "a whole number, found " + foundType(wrong.Value)
	case reflect.Float64:
		return "a number, found " + foundType(wrong.Value)
	case reflect.Slice:
		return "a list, found " + foundType(wrong.Value)
	default:
		return "a map, found " + foundType(wrong.Value)
	}
}

// foundType names a value in YAML's words; value is how package json names it.
func foundType(value string) string {
	switch value {
	case "array":
		return "a list"
	case "object":
		return "a map"
	case "bool":
		return "true or false"
	case "string":
		return "a string"
	default:
		return value // "number", or that with its value
	}
}

// subschema is a schema within a schema, or another value in its place.
type subschema struct {
	at    string
	value any
}

// subschemas returns the schemas that a keyword of the schema at a place holds.
func subschemas(at, keyword string, value any) []subschema {
	var found []subschema
	at += "/" + keyword
	items, isList := value.([]any)
	fields, isMap := value.(map[string]any)
	switch keyword {
	case "properties", "patternProperties", "definitions", "dependencies":
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			found = append(found, subschema{at + "/" + name, fields[name]})
		}
		return found
	case "oneOf", "anyOf", "allOf":
	case "items", "additionalItems", "additionalProperties", "not":
		if isMap {
			return []subschema{{at, value}}
		}
	default:
		return nil
	}
	if isList {
		for i, item := range items {
			found = append(found, subschema{fmt.Sprintf("%s/%d", at, i), item})
		}
	}
	return found
}

// Walk calls fn for a schema and all schemas within it.
func Walk(at string, schema map[string]any, fn func(at string, schema map[string]any)) {
	fn(at, schema)
	for _, keyword := range slices.Sorted(maps.Keys(schema)) {
		for _, child := range subschemas(at, keyword, schema[keyword]) {
			if inner, ok := child.value.(map[string]any); ok {
				Walk(child.at, inner, fn)
			}
		}
	}
}

// checkLocalRefs reports the first reference that leads nowhere. The controller
// looks for files in its own directory, never in the module's.
func checkLocalRefs(root map[string]any) error {
	var fault error
	Walk("", root, func(at string, schema map[string]any) {
		ref, ok := schema["$ref"].(string)
		if !ok || ref == "" || IsRemote(ref) || fault != nil {
			return
		}
		parsed, err := url.Parse(ref)
		switch {
		case err != nil:
			return // the library ignores it
		case !strings.HasPrefix(ref, "#"):
			fault = fmt.Errorf("%s/$ref: %q is a file to the controller, which it does not find; expected #/definitions/<name>", at, ref)
		case !hasSchema(root, parsed.Fragment):
			fault = fmt.Errorf("%s/$ref: there is no %s in this file", at, ref)
		}
	})
	return fault
}

// IsRemote reports whether a reference is to another host.
func IsRemote(ref string) bool {
	parsed, err := url.Parse(ref)
	return err == nil && parsed.Host != ""
}

// hasSchema reports whether a JSON pointer leads to a map of the document.
func hasSchema(value any, pointer string) bool {
	steps := strings.Split(pointer, "/")
	if steps[0] != "" {
		return false
	}
	for _, step := range steps[1:] {
		step = strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
		switch node := value.(type) {
		case map[string]any:
			value = node[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(node) {
				return false
			}
			value = node[i]
		default:
			return false
		}
	}
	_, ok := value.(map[string]any)
	return ok
}
