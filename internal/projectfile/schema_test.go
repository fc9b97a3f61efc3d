package projectfile

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/invopop/jsonschema"
)

var update = flag.Bool("update", false, "write schema.json")

// generate makes the schema from the Go types and their comments.
func generate(t *testing.T) []byte {
	t.Helper()
	r := jsonschema.Reflector{
		FieldNameTag: "yaml",
		Mapper: func(typ reflect.Type) *jsonschema.Schema {
			if typ == reflect.TypeFor[Text]() {
				return &jsonschema.Schema{Extras: map[string]any{"type": []string{"string", "number", "boolean"}}}
			}
			return nil
		},
	}
	if err := r.AddGoComments("github.com/modship/modship/internal/projectfile", "./"); err != nil {
		t.Fatal(err)
	}
	schema := r.Reflect(&File{})
	schema.ID = SchemaURL
	schema.Title = FileName
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(schema); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestSchema fails when schema.json is not what the types say.
func TestSchema(t *testing.T) {
	got := generate(t)
	if *update {
		if err := os.WriteFile("schema.json", got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(schemaJSON), string(got)); diff != "" {
		t.Errorf("schema.json is stale: run `task docs` (-file +types):\n%s", diff)
	}
}
