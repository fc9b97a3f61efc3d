package contract

import (
	"strings"
	"testing"
)

func TestParseSchema(t *testing.T) {
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
		{"- a", "cannot unmarshal array"},
		{"properties: text", "/properties: expected a map of schemas"},
		{"properties: {a: text}", "/properties/a: expected a schema"},
		{"properties: {a: {properties: {b: {type: 5}}}}", "/properties/a/properties/b/type: expected strings"},
		{"type: [object, 5]", "/type: expected strings"},
		{"required: a", "/required: expected strings"},
		{"enum: a", "/enum: expected a list"},
		{"oneOf: {a: b}", "/oneOf: expected a list of schemas"},
		{"anyOf: [a]", "/anyOf: expected a schema"},
		{"additionalProperties: text", "/additionalProperties: expected a schema"},
		{deep, "nested too deeply"},
	}
	for _, c := range cases {
		_, err := parseSchema([]byte(c.schema))
		switch {
		case c.wantErr == "" && err != nil:
			t.Errorf("%.60q: %v", c.schema, err)
		case c.wantErr != "" && (err == nil || !strings.Contains(err.Error(), c.wantErr)):
			t.Errorf("%.60q: error %v, want one with %q", c.schema, err, c.wantErr)
		}
	}
}
