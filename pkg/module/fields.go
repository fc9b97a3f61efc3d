package module

import (
	"bytes"
	"errors"
	"maps"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v3"
)

// Editions returns the editions that accessibility in module.yaml may name
// (deckhouse documentation, and dmt).
func Editions() []string {
	return []string{"_default", "be", "ce", "cse", "ee", "fe", "se", "se-plus"}
}

// EditionBundles returns the bundles in which an edition may enable a module.
func EditionBundles() []string { return []string{"Default", "Managed", "Minimal"} }

// UnknownFields returns the fields of a module.yaml that no consumer reads, by
// name. The controller ignores them and dmt refuses them.
func UnknownFields(data []byte) []string {
	unknown := map[string]bool{}
	if mismatch, ok := errors.AsType[*yaml.TypeError](decodeStrictly(data)); ok {
		for _, text := range mismatch.Errors {
			if match := unknownField.FindStringSubmatch(text); match != nil {
				unknown[match[1]] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(unknown))
}

// unknownField matches how the YAML library reports a field without a place.
var unknownField = regexp.MustCompile(`^line \d+: field (.+) not found in type `)

func decodeStrictly(data []byte) error {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	return decoder.Decode(&Definition{})
}
