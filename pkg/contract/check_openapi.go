package contract

import (
	"maps"
	"slices"

	"github.com/modship/modship/pkg/contract/internal/artifact"
	"github.com/modship/modship/pkg/contract/internal/schema"
)

const (
	configValuesFile = "openapi/config-values.yaml"
	valuesFile       = "openapi/values.yaml"
)

// registryFields are what Deckhouse writes into properties.registry of
// values.yaml; modules declare them as a system field.
var registryFields = []string{"base", "dockercfg", "scheme", "ca"}

// checkOpenAPI checks rule 35.
func (c *checker) checkOpenAPI(t *artifact.Tree) {
	for _, name := range []string{configValuesFile, valuesFile} {
		data, ok := t.Data(name)
		if !ok {
			continue
		}
		loaded, err := schema.Parse(data)
		if err != nil {
			c.report(RuleOpenAPI, t.At(name), "%s does not load as a schema: %v", name, err)
			continue
		}
		c.checkRegistryProperty(t, name, loaded)
		c.checkRemoteRefs(t, name, loaded)
	}
}

// checkRegistryProperty reports a property registry of the module's own. In
// values.yaml the fields that Deckhouse injects may be declared.
func (c *checker) checkRegistryProperty(t *artifact.Tree, name string, root map[string]any) {
	properties, _ := root["properties"].(map[string]any)
	registry, ok := properties["registry"]
	if !ok {
		return
	}
	if name == configValuesFile {
		c.report(RuleOpenAPI, t.At(name), "%s defines the property registry, which Deckhouse overwrites", name)
		return
	}
	declared, _ := registry.(map[string]any)
	fields, _ := declared["properties"].(map[string]any)
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(registryFields, field) {
			c.warn(RuleOpenAPI, t.At(name), "%s defines registry.%s, but Deckhouse overwrites the property registry", name, field)
		}
	}
}

// checkRemoteRefs warns of references to other hosts. A reference to a file is
// an error of [schema.Parse].
func (c *checker) checkRemoteRefs(t *artifact.Tree, name string, root map[string]any) {
	schema.Walk("", root, func(at string, node map[string]any) {
		if ref, ok := node["$ref"].(string); ok && schema.IsRemote(ref) {
			c.warn(RuleOpenAPI, t.At(name), "%s: %s/$ref is %q: the controller reads it from there each time, or fails; expected #/definitions/<name>", name, at, ref)
		}
	})
}
