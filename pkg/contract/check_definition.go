package contract

import (
	"bytes"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/Masterminds/semver/v3"
	"sigs.k8s.io/yaml"

	"github.com/modship/modship/pkg/module"
)

// checkDefinition checks what module.yaml of a tree says (rules 5, 12, 15, 16
// and the minor of rule 22). Name and tag may be unknown (empty). It returns
// the definition, or false if there is none that parses.
func (c *checker) checkDefinition(t *tree, name, tag string) (module.Definition, bool) {
	data, ok := t.data(definitionFile)
	if !ok {
		return module.Definition{}, false
	}
	artifact := t.at(definitionFile)
	def, err := module.ParseDefinition(data)
	if err != nil {
		c.report(12, artifact, "%v", err)
		return module.Definition{}, false
	}
	switch {
	case def.Name == "":
		c.report(5, artifact, "module.yaml has no name")
	case name != "" && def.Name != name:
		c.report(5, artifact, "module.yaml names the module %q, it is published as %q", def.Name, name)
	}
	c.checkRequirements(artifact, def.Requirements)
	if !slices.Contains(module.Stages(), def.Stage) {
		c.report(16, artifact, "stage in module.yaml is %q, expected one of %s", def.Stage, strings.Join(module.Stages(), ", "))
	}
	c.checkUpdate(artifact, def.Update, tag)
	return def, true
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
			c.report(15, artifact, "requirements.%s in module.yaml is %q, which is no semver constraint", key, constraint)
		}
	}
}

// checkUpdate checks the part of rule 22 that module.yaml alone shows: an
// entry of update.versions is used only if its "to" is the release's own minor.
func (c *checker) checkUpdate(artifact string, update module.Update, tag string) {
	usable, hint := false, ""
	own, ownErr := semver.NewVersion(tag)
	for _, u := range update.Versions {
		from, errFrom := parseMinor(u.From)
		to, errTo := parseMinor(u.To)
		switch {
		case errFrom != nil || errTo != nil:
			c.report(22, artifact, "update.versions in module.yaml has from %q and to %q, expected X.Y%s", u.From, u.To, lostMinor(u))
			return
		case !from.LessThan(to):
			c.report(22, artifact, "update.versions in module.yaml leads from %s to %s, which is no step up", u.From, u.To)
			return
		}
		usable = usable || ownErr == nil && isMinorOf(u.To, own)
		if ownErr == nil && missesZero(u.To, own) {
			hint = lostZero(u.To, fmt.Sprintf("%d.%d", own.Major(), own.Minor()))
		}
	}
	if len(update.Versions) > 0 && module.IsVersion(tag) && !usable {
		c.warn(22, artifact, "no entry of update.versions in module.yaml has the minor of %s as \"to\": the controller uses none of them%s", tag, hint)
	}
}

// lostMinor is lostZero for an entry of which a side is a whole number.
func lostMinor(u module.UpdateVersion) string {
	for _, s := range []string{u.From, u.To} {
		if _, err := strconv.Atoi(s); err == nil {
			return lostZero(s, s+".0")
		}
	}
	return ""
}

// lostZero explains a version that YAML has read as a number, 1.0 as 1 and 1.10
// as 1.1, where the number is given and what was written is likely.
func lostZero(number, written string) string {
	return fmt.Sprintf(": write %q in quotes, YAML reads %s as the number %s", written, written, number)
}

// missesZero tells whether s is the minor of v without the zeros at its end.
func missesZero(s string, v *semver.Version) bool {
	minor := fmt.Sprintf("%d.%d", v.Major(), v.Minor())
	return s != minor && strings.TrimRight(minor, "0") == s
}

// parseMinor reads a minor version written X.Y.
func parseMinor(s string) (*semver.Version, error) {
	if strings.Count(s, ".") != 1 || strings.HasPrefix(s, "v") {
		return nil, fmt.Errorf("%q is not of the form X.Y", s)
	}
	return semver.StrictNewVersion(s + ".0")
}

// isMinorOf tells whether s, written X.Y, is the minor of v.
func isMinorOf(s string, v *semver.Version) bool {
	minor, err := parseMinor(s)
	return err == nil && minor.Major() == v.Major() && minor.Minor() == v.Minor()
}

// sameDefinition tells whether the module.yaml of both images says the same,
// whatever its formatting. Known is false if one of them cannot be read.
func sameDefinition(bundle, release *tree) (same, known bool) {
	a, okBundle := bundle.data(definitionFile)
	b, okRelease := release.data(definitionFile)
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
