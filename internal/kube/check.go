package kube

import (
	"encoding/base64"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Fault describes an invalid field.
type Fault string

// The faults. The API server refuses objects with the first four; a field of
// another version is lost or refused in a cluster that does not have it.
const (
	UnknownField Fault = "unknown-field"
	WrongType    Fault = "wrong-type"
	Missing      Fault = "missing-field"
	BadValue     Fault = "bad-value"
	OtherVersion Fault = "other-version"
)

// Problem is a fault of an object.
type Problem struct {
	Fault   Fault
	Path    []any // names and indexes of the place in the object
	Value   any   // the value found, if any
	Message string
}

// Range is a range of minor versions, both included.
type Range struct{ From, To string }

// Check compares an object with the schema of its kind. Objects of kinds that
// Kubernetes does not define have no problems here. A field counts as known if
// any version of the range has it.
func Check(object map[string]any, versions Range) []Problem {
	ix := schema()
	t := ix.kinds[objectKind(object)]
	if t == nil {
		return nil
	}
	c := &checker{index: ix, versions: ix.bits(versions), lowest: ix.bit(versions.From)}
	c.object(t, object, nil)
	return c.found
}

func objectKind(object map[string]any) string {
	apiVersion, _ := object["apiVersion"].(string)
	kind, _ := object["kind"].(string)
	return apiVersion + "/" + kind
}

// bits returns the set of the versions of a range.
func (ix *index) bits(r Range) Versions {
	from, to := ix.bit(r.From), ix.bit(r.To)
	var set Versions
	for bit := from; bit <= to; bit <<= 1 {
		set |= bit
	}
	return set
}

type checker struct {
	*index
	versions, lowest Versions
	found            []Problem
}

func (c *checker) report(fault Fault, path []any, value any, format string, args ...any) {
	c.found = append(c.found, Problem{Fault: fault, Path: slices.Clone(path), Value: value, Message: fmt.Sprintf(format, args...)})
}

func (c *checker) object(t *Type, object map[string]any, path []any) {
	for _, name := range slices.Sorted(maps.Keys(object)) {
		at := append(slices.Clone(path), name)
		field := t.Fields[name]
		switch {
		case field == nil:
			c.report(UnknownField, at, object[name], "unknown field %s%s", name, c.suggest(t, name))
			continue
		case field.In&c.versions == 0:
			c.report(UnknownField, at, object[name], "unknown field %s: Kubernetes has it %s", name, c.when(field.In))
			continue
		case field.In&c.lowest == 0:
			c.report(OtherVersion, at, object[name], "field %s: Kubernetes has it %s", name, c.when(field.In))
		}
		c.value(field.Type, object[name], at)
	}
	for _, name := range slices.Sorted(maps.Keys(t.Fields)) {
		if t.Fields[name].Required&c.versions == c.versions && object[name] == nil && !isLenient(t.Fields[name].Type) {
			c.report(Missing, append(slices.Clone(path), name), nil, "field %s is required", name)
		}
	}
}

// isLenient reports whether the API server takes an absent field of the type
// for an empty one, whatever the schema says.
func isLenient(fieldType string) bool {
	return strings.HasPrefix(fieldType, "[]") || strings.HasPrefix(fieldType, "{}")
}

// when says which versions have a field.
func (c *checker) when(in Versions) string {
	if in&c.lowest == 0 && in > c.lowest {
		return "from " + c.first(in) + " on"
	}
	return "until " + c.after(in)
}

// suggest names the field that an unknown one may be meant to be.
func (c *checker) suggest(t *Type, name string) string {
	best, distance := "", 3
	for field, f := range t.Fields {
		if f.In&c.versions == 0 {
			continue
		}
		d := levenshtein.Distance(strings.ToLower(name), strings.ToLower(field), nil)
		if d < distance || d == distance && best != "" && field < best {
			best, distance = field, d
		}
	}
	if best == "" || distance >= len(name) {
		return ""
	}
	return fmt.Sprintf(", did you mean %s?", best)
}

func (c *checker) value(fieldType string, value any, path []any) {
	if value == nil {
		return
	}
	switch {
	case strings.HasPrefix(fieldType, "#"):
		if object, ok := c.expectMap(value, path); ok {
			c.object(c.Types[fieldType[1:]], object, path)
		}
	case strings.HasPrefix(fieldType, "[]"):
		list, ok := value.([]any)
		if !ok {
			c.report(WrongType, path, value, "expected a list, found %s", describe(value))
		}
		for i, item := range list {
			c.value(fieldType[2:], item, append(slices.Clone(path), i))
		}
	case strings.HasPrefix(fieldType, "{}"):
		object, _ := c.expectMap(value, path)
		for _, name := range slices.Sorted(maps.Keys(object)) {
			c.value(fieldType[2:], object[name], append(slices.Clone(path), name))
		}
	case fieldType == "object":
		c.expectMap(value, path)
	default:
		c.scalar(fieldType, value, path)
	}
}

func (c *checker) expectMap(value any, path []any) (map[string]any, bool) {
	object, ok := value.(map[string]any)
	if !ok {
		c.report(WrongType, path, value, "expected an object, found %s", describe(value))
	}
	return object, ok
}

func (c *checker) scalar(fieldType string, value any, path []any) {
	text, isText := value.(string)
	_, isBool := value.(bool)
	ok, expected := true, ""
	switch fieldType {
	case "string":
		ok, expected = isText, "a string"
	case "boolean":
		ok, expected = isBool, "true or false"
	case "integer":
		ok, expected = isInteger(value), "a whole number"
	case "number":
		ok, expected = isNumber(value), "a number"
	case "int-or-string":
		ok, expected = isText || isInteger(value), "a whole number or a string"
	case "quantity":
		ok, expected = isText || isNumber(value), "a quantity such as 100m or 64Mi"
		if isText {
			if _, err := resource.ParseQuantity(text); err != nil {
				c.report(BadValue, path, value, "%q is not a quantity such as 100m or 64Mi", text)
			}
		}
	case "byte":
		ok, expected = isText, "a string in base64"
		if _, err := base64.StdEncoding.DecodeString(text); isText && err != nil {
			c.report(BadValue, path, value, "the value is not base64")
		}
	}
	if !ok {
		c.report(WrongType, path, value, "expected %s, found %s", expected, describe(value))
	}
}

func isNumber(value any) bool {
	switch value.(type) {
	case float64, int64, int:
		return true
	}
	return false
}

func isInteger(value any) bool {
	number, isFloat := value.(float64)
	return isNumber(value) && (!isFloat || number == math.Trunc(number))
}

// describe names a value without printing it: it may be a secret.
func describe(value any) string {
	switch value := value.(type) {
	case map[string]any:
		return "an object"
	case []any:
		return "a list"
	case string:
		return "a string"
	case bool:
		return fmt.Sprintf("%t (YAML reads yes, no, on and off as true and false)", value)
	}
	return fmt.Sprintf("the number %v", value)
}

// PathText writes a path as in spec.containers.0.name.
func PathText(path []any) string {
	parts := make([]string, len(path))
	for i, part := range path {
		parts[i] = fmt.Sprint(part)
	}
	return strings.Join(parts, ".")
}
