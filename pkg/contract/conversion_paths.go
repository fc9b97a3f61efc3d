package contract

import (
	"regexp"
	"slices"
	"strings"
)

var (
	identifier = `[A-Za-z_][A-Za-z0-9_]*`
	fieldPath  = `\.` + identifier + `(?:\.` + identifier + `)*`
	// assignment is a term of a jq expression that sets a property, whatever the
	// settings are: .a.b = 1, .a |= tostring.
	assignment = regexp.MustCompile(`^(` + fieldPath + `)\s*(?:\|=|//=|[-+*/%]=|=[^=])`)
	deletion   = regexp.MustCompile(`^del\((.*)\)$`)
)

// setPaths returns the properties that jq expressions set unconditionally, one
// after the other, and do not delete again: paths such as .logs.level. Of terms
// that it does not understand it assumes that they delete what they name.
func setPaths(expressions []string) []string {
	var set []string
	for _, expression := range expressions {
		for _, term := range terms(expression) {
			switch match := assignment.FindStringSubmatch(term); {
			case match != nil:
				set = append(set, match[1])
			default:
				named := term
				if deleted := deletion.FindStringSubmatch(term); deleted != nil {
					named = deleted[1]
				}
				set = slices.DeleteFunc(set, func(path string) bool { return mentions(named, path) })
			}
		}
	}
	slices.Sort(set)
	return slices.Compact(set)
}

// mentions reports whether a term names a path or one above it, or can reach any.
func mentions(term, path string) bool {
	if strings.Contains(term, "_entries") || strings.Contains(term, "delpaths") || strings.Contains(term, "walk") || !strings.Contains(term, ".") {
		return true
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "."), ".")
	return strings.Contains(term, first)
}

// terms splits a jq expression at the pipes that are in no brackets and no string.
func terms(expression string) []string {
	var list []string
	depth, start, quoted := 0, 0, false
	for i := 0; i < len(expression); i++ {
		switch c := expression[i]; {
		case quoted:
			if c == '\\' {
				i++
			}
			quoted = c != '"'
		case c == '"':
			quoted = true
		case strings.ContainsRune("([{", rune(c)):
			depth++
		case strings.ContainsRune(")]}", rune(c)):
			depth--
		case c == '|' && depth == 0 && !strings.HasPrefix(expression[i:], "|="):
			list, start = append(list, strings.TrimSpace(expression[start:i])), i+1
		}
	}
	return append(list, strings.TrimSpace(expression[start:]))
}

// lacks returns the part of a path that a schema of settings has no property for,
// "" when it may have. The controller forbids properties that a schema of an
// object does not name, unless it says additionalProperties.
func lacks(schema map[string]any, path string) string {
	names := strings.Split(strings.TrimPrefix(path, "."), ".")
	for i, name := range names {
		for _, open := range []string{"additionalProperties", "patternProperties", "$ref", "allOf", "anyOf", "oneOf"} {
			if value, has := schema[open]; has && value != false {
				return ""
			}
		}
		properties, ok := schema["properties"].(map[string]any)
		if !ok {
			return ""
		}
		property, has := properties[name]
		if !has {
			return "." + strings.Join(names[:i+1], ".")
		}
		if schema, ok = property.(map[string]any); !ok {
			return ""
		}
	}
	return ""
}
