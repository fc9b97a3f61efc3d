package contract

import (
	"maps"
	"slices"
	"strings"

	"github.com/modship/modship/pkg/module"
)

// checkFields checks rule 46: fields of module.yaml that parse and do not do
// what they look like.
func (c *checker) checkFields(artifact string, def module.Definition, data []byte) {
	for _, field := range module.UnknownFields(data) {
		c.report(RuleDefinitionFields, artifact, "module.yaml has the field %s, which the controller does not know and ignores; dmt refuses it", field)
	}
	constraint := def.Requirements.Deckhouse
	switch {
	case def.Critical && def.Weight == 0:
		c.report(RuleDefinitionFields, artifact, "module.yaml says critical without a weight: dmt asks for both, because critical modules are started in the order of their weights")
	case def.Weight != 0 && (def.Weight < 900 || def.Weight > 999) && module.AllowsBelow(constraint, 72):
		c.report(RuleDefinitionFields, artifact, "weight in module.yaml is %d: DKP before 1.72 takes only 900 to 999, and requirements.deckhouse (%s) allows it", def.Weight, orAny(constraint))
	}
	for _, name := range slices.Sorted(maps.Keys(def.Requirements.Modules)) {
		if strings.HasSuffix(strings.TrimSpace(def.Requirements.Modules[name]), "!optional") && module.AllowsBelow(constraint, 73) {
			c.report(RuleDefinitionFields, artifact, "requirements.modules.%s in module.yaml is !optional, which DKP before 1.73 cannot read, and requirements.deckhouse (%s) allows it", name, orAny(constraint))
		}
	}
	c.checkEditions(artifact, def.Accessibility)
}

// orAny names a constraint that may be empty.
func orAny(constraint string) string {
	if constraint == "" {
		return "not set"
	}
	return constraint
}

func (c *checker) checkEditions(artifact string, accessibility module.Accessibility) {
	for _, name := range slices.Sorted(maps.Keys(accessibility.Editions)) {
		if !slices.Contains(module.Editions(), name) {
			c.report(RuleDefinitionFields, artifact, "accessibility.editions in module.yaml has the edition %q, expected one of %s", name, strings.Join(module.Editions(), ", "))
		}
		for _, bundle := range accessibility.Editions[name].EnabledInBundles {
			if !slices.Contains(module.EditionBundles(), bundle) {
				c.report(RuleDefinitionFields, artifact, "accessibility.editions.%s in module.yaml has the bundle %q, expected one of %s", name, bundle, strings.Join(module.EditionBundles(), ", "))
			}
		}
	}
}
