package schema

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	deep := strings.Repeat("{items: ", maxSchemaDepth+1) + "{}" + strings.Repeat("}", maxSchemaDepth+1)
	cases := []struct{ schema, wantErr string }{
		{"", ""},
		{"x-extend: {schema: config-values.yaml}", ""},
		{"type: object\nrequired: [a]\nadditionalProperties: false\nproperties:\n  a: {type: [string, \"null\"], enum: [a, b]}\n", ""},
		{"additionalProperties: {type: string}", ""},
		{"patternProperties: {\"^a\": {type: string}}\noneOf: [{required: [a]}, {not: {type: string}}]", ""},
		{"items: [{type: string}, {type: integer}]", ""},
		{"properties: {a: null}", ""},
		{"properties:\n", ""},
		{"required:\nproperties: {a: {enum: , type: , oneOf: }}\nitems:\n", ""},
		{"x-examples: [{a: 5}]\nx-doc-default: 5\nx-extend: 1\nproperties: {a: {x-doc-required: no, x-kubernetes-validations: {}}}", ""},
		{"properties: {a: {type: string, maxLength: 9223372036854775807, default: on, example: [1]}}", ""},
		{"additionalProperties: text\nitems: 5", ""}, // the library takes the first for true, the second for nothing
		{"definitions: {a/b: {properties: {c: {items: [{type: string}]}}}}\nproperties: {d: {$ref: '#/definitions/a~1b/properties/c/items/0'}, e: {$ref: '#'}}", ""},
		{"properties: {$ref: {type: string}, a: {default: {$ref: x}, $ref: ''}}", ""},
		{"properties: {a: {$ref: 'https://schemas.example.com/a.yaml#/a'}}", ""}, // a warning
		{"properties: {a: {$ref: '#/definitions/absent'}}", "/properties/a/$ref: there is no #/definitions/absent in this file"},
		{"oneOf: [{$ref: '#/x/0'}]\nx: [5]", "/oneOf/0/$ref: there is no #/x/0"},
		{"items: {$ref: '#/x/1'}\nx: [{}]", "/items/$ref: there is no #/x/1"},
		{"not: {$ref: '#/title/a'}\ntitle: a", "/not/$ref: there is no #/title/a"},
		{"additionalProperties: {$ref: '#definitions'}", "/additionalProperties/$ref: there is no #definitions"},
		{"properties: {a: {$ref: 'definitions/a'}}", `/properties/a/$ref: "definitions/a" is a file to the controller`},
		{"properties: {a: {minLength: one}}", "/properties/a/minLength: expected a whole number, found a string"},
		{"properties: {a: {minLength: 1.5}}", "/properties/a/minLength: expected a whole number, found number 1.5"},
		{"properties: {a: {items: {properties: {b: {description: 5}}}}}", "/properties/a/items/properties/b/description: expected a string, found number"},
		{"pattern: [a]", "/pattern: expected a string, found a list"},
		{"maximum: \"5\"", "/maximum: expected a number, found a string"},
		{"uniqueItems: yes please", "/uniqueItems: expected true or false"},
		{"title: [x]", "/title: expected a string"},
		{"format: yes", "/format: expected a string, found true or false"},
		{"title: {a: b}", "/title: expected a string, found a map"},
		{"enum: 5", "/enum: expected a list"},
		{"items: [{}, {format: 5}]", "/items/1/format: expected a string"},
		{"externalDocs: 5", "/externalDocs: expected a map, found number"},
		{"- a", "cannot unmarshal array"},
		{"properties: text", "/properties: expected a map of schemas"},
		{"properties: {a: text}", "/properties/a: expected a schema"},
		{"properties: {a: {properties: {b: {type: 5}}}}", "/properties/a/properties/b/type: expected strings"},
		{"type: [object, 5]", "/type: expected strings"},
		{"required: a", "/required: expected strings"},
		{"enum: a", "/enum: expected a list"},
		{"oneOf: {a: b}", "/oneOf: expected a list of schemas"},
		{"anyOf: [a]", "/anyOf/0: expected a schema"},
		{deep, "nested too deeply"},
	}
	for _, c := range cases {
		_, err := Parse([]byte(c.schema))
		switch {
		case c.wantErr == "" && err != nil:
			t.Errorf("%.60q: %v", c.schema, err)
		case c.wantErr != "" && (err == nil || !strings.Contains(err.Error(), c.wantErr)):
			t.Errorf("%.60q: error %v, want one with %q", c.schema, err, c.wantErr)
		}
	}
}
