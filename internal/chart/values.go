package chart

import (
	"fmt"
	"maps"

	"sigs.k8s.io/yaml"

	"github.com/modship/modship/pkg/module"
)

// shape is what values that are made up have in common.
type shape struct {
	// full has everything set and enabled, in a highly available cluster;
	// otherwise the module has its defaults, and what its hooks set.
	full bool
	// minimal has only what the schemas guarantee: defaults, and what they
	// require of users or, with x-required-for-helm, of hooks.
	minimal bool
}

// shapes are those in which Images looks for image names.
var shapes = []shape{{full: false}, {full: true}}

// values makes up the values of the chart: those of the schemas, over them
// what values.yaml says, and what Deckhouse adds.
func (src *source) values(s shape, variant int) (map[string]any, error) {
	settings, err := src.yaml("openapi/config-values.yaml")
	if err != nil {
		return nil, err
	}
	if !s.full {
		delete(settings, "x-examples") // of the module's settings: no defaults
	}
	schema, err := src.yaml(src.valuesSchema())
	if err != nil {
		return nil, err
	}
	values, err := src.yaml("values.yaml")
	if err != nil {
		return nil, err
	}
	own, key := map[string]any{}, module.ValuesKey(src.name)
	merge(own, maker{shape: s, variant: variant, settings: true}.object(settings))
	merge(own, maker{shape: s, variant: variant}.object(schema))
	merge(own, asMap(values[key]))
	own["registry"] = registryValues()
	if s.full {
		own["highAvailability"] = true
	}
	values[key], values[src.key] = own, own
	values["global"] = src.global(s, variant)
	merge(values, src.set)
	if set := asMap(src.set[src.key]); src.key != key && set != nil {
		merge(own, set)
	}
	return values, nil
}

// valuesSchema is the file of the schema of all values. Modules with editions
// have one per edition, and their build makes values.yaml of one of them.
func (src *source) valuesSchema() string {
	for _, file := range []string{"openapi/values.yaml", "openapi/values_ee.yaml", "openapi/values_ce.yaml"} {
		if src.files[file] != nil {
			return file
		}
	}
	return "openapi/values.yaml"
}

// yaml reads a file of the module; one that is not there is empty.
func (src *source) yaml(name string) (map[string]any, error) {
	content := map[string]any{}
	if err := yaml.Unmarshal(src.files[name], &content); err != nil {
		return nil, fmt.Errorf("%s: %s", name, module.YAMLReason(err))
	}
	if content == nil {
		content = map[string]any{}
	}
	return content, nil
}

func asMap(v any) map[string]any {
	object, _ := v.(map[string]any)
	return object
}

// merge puts the values of from over those of into and shares no map with it.
func merge(into, from map[string]any) {
	for key, value := range from {
		inner, isMap := value.(map[string]any)
		if !isMap {
			into[key] = value
			continue
		}
		outer := maps.Clone(asMap(into[key]))
		if outer == nil {
			outer = map[string]any{}
		}
		merge(outer, inner)
		into[key] = outer
	}
}
