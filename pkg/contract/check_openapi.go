package contract

import (
	"maps"
	"slices"
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
		c.checkRemoteRefs(t, name, schema)
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

// checkRemoteRefs warns of references to other hosts. A reference to a file is
// an error of parseSchema.
func (c *checker) checkRemoteRefs(t *tree, name string, schema map[string]any) {
	walkSchemas("", schema, func(at string, schema map[string]any) {
		if ref, ok := schema["$ref"].(string); ok && isRemote(ref) {
			c.warn(35, t.at(name), "%s: %s/$ref is %q: the controller reads it from there each time, or fails; expected #/definitions/<name>", name, at, ref)
		}
	})
}
