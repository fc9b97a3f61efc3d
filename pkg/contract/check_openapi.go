package contract

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"sigs.k8s.io/yaml"

	"github.com/modship/modship/pkg/module"
)

const (
	configValuesFile = "openapi/config-values.yaml"
	valuesFile       = "openapi/values.yaml"
)

// registryFields are what Deckhouse writes into properties.registry of
// values.yaml; modules declare them as a system field.
var registryFields = []string{"base", "dockercfg", "scheme", "ca"}

// checkOpenAPI checks rule 35.
func (c *checker) checkOpenAPI(t *tree) {
	for _, name := range []string{configValuesFile, valuesFile} {
		data, ok := t.data(name)
		if !ok {
			continue
		}
		schema, err := parseSchema(data)
		if err != nil {
			c.report(35, t.at(name), "%s does not load as a schema: %v", name, err)
			continue
		}
		c.checkRegistryProperty(t, name, schema)
	}
}

// checkRegistryProperty reports a property registry of the module's own. In
// values.yaml the fields that Deckhouse injects may be declared.
func (c *checker) checkRegistryProperty(t *tree, name string, schema map[string]any) {
	properties, _ := schema["properties"].(map[string]any)
	registry, ok := properties["registry"]
	if !ok {
		return
	}
	if name == configValuesFile {
		c.report(35, t.at(name), "%s defines the property registry, which Deckhouse overwrites", name)
		return
	}
	declared, _ := registry.(map[string]any)
	fields, _ := declared["properties"].(map[string]any)
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(registryFields, field) {
			c.warn(35, t.at(name), "%s defines registry.%s, but Deckhouse overwrites the property registry", name, field)
		}
	}
}

// parseSchema reads an OpenAPI schema and checks the types of its keywords, as
// far as decoding it in the controller needs them. An empty file is an empty
// schema.
func parseSchema(data []byte) (map[string]any, error) {
	var schema map[string]any
	if err := yaml.Unmarshal(data, &schema); err != nil {
		return nil, errors.New(module.YAMLReason(err))
	}
	return schema, checkSchema("", schema)
}

// maxSchemaDepth stops at schemas that no one writes.
const maxSchemaDepth = 100

func checkSchema(at string, schema map[string]any) error {
	return checkSchemaDepth(at, schema, maxSchemaDepth)
}

func checkSchemaDepth(at string, schema map[string]any, depth int) error {
	if depth == 0 {
		return fmt.Errorf("%s: nested too deeply", at)
	}
	for _, keyword := range slices.Sorted(maps.Keys(schema)) {
		value, place := schema[keyword], at+"/"+keyword
		var err error
		switch keyword {
		case "properties", "patternProperties", "definitions":
			err = checkSchemaMap(place, value, depth)
		case "items", "not":
			err = checkSubschema(place, value, depth)
		case "additionalProperties":
			if _, ok := value.(bool); !ok {
				err = checkSubschema(place, value, depth)
			}
		case "oneOf", "anyOf", "allOf":
			err = checkSchemaList(place, value, depth)
		case "required":
			err = checkStrings(place, value)
		case "type":
			if _, ok := value.(string); !ok {
				err = checkStrings(place, value)
			}
		case "enum":
			if _, ok := value.([]any); !ok {
				err = fmt.Errorf("%s: expected a list", place)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func checkSubschema(at string, value any, depth int) error {
	switch value := value.(type) {
	case map[string]any:
		return checkSchemaDepth(at, value, depth-1)
	case []any: // items as a tuple
		return checkSchemaList(at, value, depth)
	case nil:
		return nil
	default:
		return fmt.Errorf("%s: expected a schema", at)
	}
}

func checkSchemaMap(at string, value any, depth int) error {
	schemas, ok := value.(map[string]any)
	if !ok && value != nil {
		return fmt.Errorf("%s: expected a map of schemas", at)
	}
	for _, key := range slices.Sorted(maps.Keys(schemas)) {
		if err := checkSubschema(at+"/"+key, schemas[key], depth); err != nil {
			return err
		}
	}
	return nil
}

func checkSchemaList(at string, value any, depth int) error {
	schemas, ok := value.([]any)
	if !ok {
		return fmt.Errorf("%s: expected a list of schemas", at)
	}
	for _, schema := range schemas {
		if err := checkSubschema(at, schema, depth-1); err != nil {
			return err
		}
	}
	return nil
}

func checkStrings(at string, value any) error {
	list, ok := value.([]any)
	if !ok {
		return fmt.Errorf("%s: expected strings", at)
	}
	for _, item := range list {
		if _, ok := item.(string); !ok {
			return fmt.Errorf("%s: expected strings", at)
		}
	}
	return nil
}
