package chart

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// madeUp is in every string that is made up, spelled so that no change of case
// splits it. A key with it is none that a cluster looks up.
const madeUp = "madeup"

// madeUpString differs between variants at both ends, in case a template cuts it.
func madeUpString(variant int) string {
	return fmt.Sprintf("%[1]c%[2]s%[1]c", 'x'+rune(variant), madeUp) //nolint:gosec // within the range of runes
}

// maker makes up values for OpenAPI schemas. The variants agree in what is
// certain to be possible in a cluster, and differ in everything else.
type maker struct {
	shape
	variant  int
	settings bool // of config-values.yaml, which users set; else hooks set them
}

// maxDepth stops at schemas that no one writes.
const maxDepth = 50

// object makes up the value of a schema that is a module's whole values.
func (k maker) object(schema map[string]any) map[string]any {
	v, _ := k.value(schema, maxDepth)
	return asMap(v)
}

// value makes up a value; ok is false if the schema says nothing of it.
func (k maker) value(schema map[string]any, depth int) (value any, ok bool) {
	if depth == 0 {
		return nil, false
	}
	value, ok = k.given(schema)
	if properties := asMap(schema["properties"]); len(properties) > 0 {
		made := k.properties(properties, required(schema), depth)
		merge(made, asMap(value))
		return made, true
	}
	if ok {
		return value, true
	}
	if enum, _ := schema["enum"].([]any); len(enum) > 0 {
		return enum[0], true
	}
	switch typeOf(schema) {
	case "object":
		return k.mapOf(asMap(schema["additionalProperties"]), depth), true
	case "array":
		return k.listOf(asMap(schema["items"]), depth), true
	case "string":
		return k.text(schema), true
	case "integer", "number":
		return k.number(schema), true
	case "boolean":
		return k.full, true
	}
	return k.alternative(schema, depth)
}

// text is a string that is made up: one in base64 where the schema asks for that.
func (k maker) text(schema map[string]any) string {
	made := madeUpString(k.variant)
	if pattern, _ := schema["pattern"].(string); strings.Contains(pattern, "+/") || schema["format"] == "byte" {
		return base64.StdEncoding.EncodeToString([]byte(made))
	}
	return made
}

// given is the value that the schema itself has: the default, or an example.
// Where everything is to be set, the example goes first, and a default that
// sets nothing does not count. An example may be one that no cluster has, and
// hooks replace defaults; a choice of the schema's own is possible.
func (k maker) given(schema map[string]any) (value any, ok bool) {
	example, fallback := exampleOf(schema), schema["default"]
	if chosen := schema["enum"] != nil || typeOf(schema) == "boolean"; k.variant > 0 && !chosen {
		example = nil
		if !k.settings {
			fallback = nil
		}
	}
	switch {
	case fallback == nil, k.full && example != nil:
		return example, example != nil
	case k.full && setsNothing(fallback):
		return nil, false
	}
	return fallback, true
}

func setsNothing(value any) bool {
	switch value := value.(type) {
	case []any:
		return len(value) == 0
	case map[string]any:
		return len(value) == 0
	default:
		return value == "" || value == false
	}
}

// exampleOf is the example that shows the most.
func exampleOf(schema map[string]any) any {
	for _, keyword := range []string{"x-example", "example", "x-dmt-default"} {
		if schema[keyword] != nil {
			return schema[keyword]
		}
	}
	examples, _ := schema["x-examples"].([]any)
	var best any
	for _, example := range examples {
		if best == nil || len(asMap(example)) > len(asMap(best)) {
			best = example
		}
	}
	if _, isList := best.([]any); best != nil && typeOf(schema) == "array" && !isList {
		return []any{best} // one item, as an example of the list
	}
	return best
}

// required are the properties that a cluster certainly has: the controller
// demands the second list before it renders.
func required(schema map[string]any) []any {
	always, _ := schema["required"].([]any)
	forHelm, _ := schema["x-required-for-helm"].([]any)
	return slices.Concat(always, forHelm)
}

func (k maker) properties(properties map[string]any, needed []any, depth int) map[string]any {
	made := map[string]any{}
	for name, schema := range properties {
		property := asMap(schema)
		if (k.settings || k.minimal) && !k.full && property["default"] == nil && !slices.Contains(needed, any(name)) {
			continue
		}
		if v, ok := k.value(property, depth-1); ok {
			made[name] = v
		}
	}
	return made
}

// mapOf is a map with one item, where everything is to be set.
func (k maker) mapOf(items map[string]any, depth int) map[string]any {
	made := map[string]any{}
	if v, ok := k.value(items, depth-1); ok && k.full {
		made[madeUpString(k.variant)] = v
	}
	return made
}

func (k maker) listOf(items map[string]any, depth int) []any {
	if v, ok := k.value(items, depth-1); ok && k.full {
		return []any{v}
	}
	return []any{}
}

// number is one that the other variant does not have, if the bounds allow it.
func (k maker) number(schema map[string]any) any {
	n := float64(40 + 37*k.variant)
	if least, ok := schema["minimum"].(float64); ok {
		n = max(n, least+float64(k.variant))
	}
	if most, ok := schema["maximum"].(float64); ok && most < n {
		n = most - float64(k.variant)
	}
	if typeOf(schema) == "integer" {
		return int64(n)
	}
	return n
}

// alternative is the first of the schemas that a schema without a type offers.
func (k maker) alternative(schema map[string]any, depth int) (any, bool) {
	for _, keyword := range []string{"oneOf", "anyOf", "allOf"} {
		if list, _ := schema[keyword].([]any); len(list) > 0 {
			return k.value(maps.Clone(asMap(list[0])), depth-1)
		}
	}
	return nil, false
}

// typeOf is the schema's type, the first if there are several.
func typeOf(schema map[string]any) string {
	if several, _ := schema["type"].([]any); len(several) > 0 {
		first, _ := several[0].(string)
		return first
	}
	one, _ := schema["type"].(string)
	return one
}

// IsMadeUp reports whether a value holds a string that was made up, of which
// nothing can be said.
func IsMadeUp(value any) bool {
	text, ok := value.(string)
	return ok && strings.Contains(strings.ToLower(text), madeUp)
}
