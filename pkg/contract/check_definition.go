package contract

import (
	"bytes"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
	"sigs.k8s.io/yaml"

	"github.com/modship/modship/pkg/contract/internal/artifact"
	"github.com/modship/modship/pkg/module"
)

// checkDefinition checks what module.yaml of a tree says (rules 5, 12, 15, 16
// and the minor of rule 22). Name and tag may be unknown (empty). It returns
// the definition, empty if there is none that parses.
func (c *checker) checkDefinition(t *artifact.Tree, name, tag string) module.Definition {
	data, ok := t.Data(artifact.DefinitionFile)
	if !ok {
		return module.Definition{}
	}
	artifact := t.At(artifact.DefinitionFile)
	def, err := module.ParseDefinition(data)
	if err != nil {
		c.report(RuleDefinition, artifact, "%v", err)
		return module.Definition{}
	}
	switch {
	case def.Name == "":
		c.report(RuleSameName, artifact, "module.yaml has no name")
	case name != "" && def.Name != name:
		c.report(RuleSameName, artifact, "module.yaml names the module %q, it is published as %q", def.Name, name)
	}
	c.checkRequirements(artifact, def.Requirements)
	if !slices.Contains(module.Stages(), def.Stage) {
		c.report(RuleStage, artifact, "stage in module.yaml is %q, expected one of %s", def.Stage, strings.Join(module.Stages(), ", "))
	}
	c.checkUpdate(artifact, def.Update, tag)
	c.checkFields(artifact, def, data)
	return def
}

// checkRequirements checks rule 15.
func (c *checker) checkRequirements(artifact string, r module.Requirements) {
	constraints := map[string]string{"deckhouse": r.Deckhouse, "kubernetes": r.Kubernetes}
	for name, constraint := range r.Modules {
		constraints["modules."+name] = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(constraint), "!optional"))
	}
	for _, key := range slices.Sorted(maps.Keys(constraints)) {
		constraint := constraints[key]
		if constraint == "" && !strings.HasPrefix(key, "modules.") {
			continue
		}
		if _, err := semver.NewConstraint(constraint); err != nil {
			c.report(RuleRequirements, artifact, "requirements.%s in module.yaml is %q, which is not a semver constraint", key, constraint)
		}
	}
}

// checkUpdate checks the part of rule 22 that module.yaml alone shows: an
// entry of update.versions is used only if its "to" is the release's own minor.
// A published version whose entries are unfit can still be installed, so there
// they are warnings.
func (c *checker) checkUpdate(artifact string, update module.Update, tag string) {
	own, ownErr := module.ReadVersion(tag)
	usable := false
	for _, u := range update.Versions {
		if err := u.Check(); err != nil {
			c.reportUnlessPublished(RuleMinorSequence, artifact, "update.versions in module.yaml has from %q and to %q: %v", u.From, u.To, err)
			return
		}
		if !u.IsDocumented() {
			c.warn(RuleMinorSequence, artifact, "update.versions in module.yaml has from %q and to %q: the controller reads that, the documentation and dmt expect X.Y", u.From, u.To)
		}
		usable = usable || ownErr == nil && u.LeadsTo(own)
	}
	if len(update.Versions) > 0 && module.IsVersion(tag) && !usable {
		c.warn(RuleMinorSequence, artifact, "no entry of update.versions in module.yaml has the minor of %s as \"to\": the controller uses none of them", tag)
	}
}

// sameDefinition reports whether the module.yaml of both images says the same,
// whatever its formatting. Known is false if one of them cannot be read.
func sameDefinition(bundle, release *artifact.Tree) (same, known bool) {
	a, okBundle := bundle.Data(artifact.DefinitionFile)
	b, okRelease := release.Data(artifact.DefinitionFile)
	if !okBundle || !okRelease {
		return false, false
	}
	if bytes.Equal(a, b) {
		return true, true
	}
	var left, right any
	if yaml.Unmarshal(a, &left) != nil || yaml.Unmarshal(b, &right) != nil {
		return false, false // reported by checkDefinition
	}
	return reflect.DeepEqual(left, right), true
}
