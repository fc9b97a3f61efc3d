package contract

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/modship/modship/pkg/contract/internal/artifact"
	"github.com/modship/modship/pkg/contract/internal/schema"
	"github.com/modship/modship/pkg/module"
)

const conversionsDir = "openapi/conversions"

var conversionName = regexp.MustCompile(`^v([1-9][0-9]{0,5})\.yaml$`)

// checkConversions checks rule 36.
func (c *checker) checkConversions(t *artifact.Tree) {
	var numbers []int
	expressions := map[int][]string{}
	for _, e := range t.Under(conversionsDir) {
		if number, ok := c.conversionNumber(t, e); ok {
			numbers = append(numbers, number)
			expressions[number] = c.checkConversion(t, e, number)
		}
	}
	if len(numbers) == 0 && slices.ContainsFunc(t.Under(conversionsDir), isMisnamed) {
		return // the controller may read it by the version that it says
	}
	slices.Sort(numbers)
	for i, number := range numbers {
		if want := i + 2; number != want {
			c.report(RuleConversions, t.At(conversionsDir), "%s/v%d.yaml is missing: there is v%d.yaml, and numbers go up from 2", conversionsDir, want, number)
			return
		}
	}
	c.checkConfigVersion(t, len(numbers)+1)
	var inOrder []string
	for _, number := range numbers {
		inOrder = append(inOrder, expressions[number]...)
	}
	c.checkConverted(t, inOrder)
}

// checkConverted checks that the schema has the properties that conversions set.
func (c *checker) checkConverted(t *artifact.Tree, expressions []string) {
	data, ok := t.Data(configValuesFile)
	if !ok {
		return
	}
	settings, err := schema.Parse(data)
	if err != nil {
		return // rule 35 reports it
	}
	for _, path := range setPaths(expressions) {
		if missing := lacks(settings, path); missing != "" {
			c.report(RuleConversions, t.At(conversionsDir), "the conversions set %s, and %s has no property %s: the release stays Pending with \"forbidden property\"", path, configValuesFile, missing)
		}
	}
}

// isMisnamed reports whether a file is in the place of conversions, but is not
// named like one.
func isMisnamed(e *artifact.Entry) bool {
	return path.Dir(e.Path) == conversionsDir && path.Ext(e.Path) == ".yaml" && !conversionName.MatchString(path.Base(e.Path))
}

// conversionNumber returns the number by which a conversion is named, and
// reports files that were meant to be one. Tests may keep theirs in testdata.
func (c *checker) conversionNumber(t *artifact.Tree, e *artifact.Entry) (number int, ok bool) {
	match := conversionName.FindStringSubmatch(path.Base(e.Path))
	isYAML := path.Ext(e.Path) == ".yaml" || path.Ext(e.Path) == ".yml"
	switch nested := path.Dir(e.Path) != conversionsDir; {
	case nested && match != nil && path.Base(path.Dir(e.Path)) != "testdata":
		c.warn(RuleConversions, t.At(e.Path), "%s is no conversion, because it is in a folder of its own: expected %s/%s", e.Path, conversionsDir, path.Base(e.Path))
	case nested:
	case match == nil && isYAML:
		c.warn(RuleConversions, t.At(e.Path), "%s is not named v<number>.yaml and is no conversion", e.Path)
	case match == nil:
	case match[1] == "1":
		c.warn(RuleConversions, t.At(e.Path), "%s converts nothing: settings begin with version 1, so the first conversion is v2.yaml", e.Path)
	default:
		number, _ = strconv.Atoi(match[1]) // digits by the pattern
		return number, true
	}
	return 0, false
}

// checkConversion checks that a conversion says its own number and what to do,
// as the controller decodes it (conversion.readConversions), and returns its
// jq expressions.
func (c *checker) checkConversion(t *artifact.Tree, e *artifact.Entry, number int) (expressions []string) {
	var file struct {
		Version     *int     `json:"version"`
		Conversions []string `json:"conversions"`
	}
	switch err := yaml.Unmarshal(e.Data, &file); {
	case err != nil:
		c.report(RuleConversions, t.At(e.Path), "%s cannot be read: %s", e.Path, module.YAMLReason(err))
	case file.Version == nil || *file.Version != number:
		c.report(RuleConversions, t.At(e.Path), "%s does not say version: %d", e.Path, number)
	case strings.Join(file.Conversions, "") == "":
		c.report(RuleConversions, t.At(e.Path), "%s has no conversions, a list of jq expressions: the controller answers \"conversion not found\"", e.Path)
	}
	return file.Conversions
}

// checkConfigVersion checks that the schema is of the version that the last
// conversion leads to: 1 if there is none.
func (c *checker) checkConfigVersion(t *artifact.Tree, last int) {
	data, ok := t.Data(configValuesFile)
	if !ok {
		if last > 1 && t.File(configValuesFile) == nil {
			// A warning: the controller converts settings without a schema too.
			c.warn(RuleConversions, t.At(conversionsDir), "there are conversions up to v%d, but no %s that says x-config-version: %d", last, configValuesFile, last)
		}
		return
	}
	var config struct {
		Version int `json:"x-config-version"`
	}
	if err := yaml.Unmarshal(data, &config); err != nil {
		if _, err := schema.Parse(data); err == nil {
			c.report(RuleConversions, t.At(configValuesFile), "x-config-version in %s is no number", configValuesFile)
		}
		return // else reported by rule 35
	}
	switch {
	case last == 1 && config.Version > 1:
		c.report(RuleConversions, t.At(configValuesFile), "x-config-version in %s is %d, but there are no conversions to it: expected %s/v2.yaml and so on up to %d", configValuesFile, config.Version, conversionsDir, config.Version)
	case last > 1 && config.Version != last:
		c.report(RuleConversions, t.At(configValuesFile), "x-config-version in %s is %d, the last conversion is v%d", configValuesFile, config.Version, last)
	}
}
