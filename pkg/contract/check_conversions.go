package contract

import (
	"path"
	"regexp"
	"slices"
	"strconv"

	"sigs.k8s.io/yaml"

	"github.com/modship/modship/pkg/module"
)

const conversionsDir = "openapi/conversions"

var conversionName = regexp.MustCompile(`^v([1-9][0-9]{0,5})\.yaml$`)

// checkConversions checks rule 36.
func (c *checker) checkConversions(t *tree) {
	var numbers []int
	for _, e := range t.under(conversionsDir) {
		match := conversionName.FindStringSubmatch(path.Base(e.path))
		if match == nil || path.Dir(e.path) != conversionsDir {
			if path.Ext(e.path) == ".yaml" || path.Ext(e.path) == ".yml" {
				c.warn(36, t.at(e.path), "%s is not named v<number>.yaml and is no conversion", e.path)
			}
			continue
		}
		number, _ := strconv.Atoi(match[1]) // digits by the pattern
		numbers = append(numbers, number)
		c.checkConversion(t, e, number)
	}
	if len(numbers) == 0 {
		return
	}
	slices.Sort(numbers)
	for i, number := range numbers {
		if want := i + 2; number != want {
			c.report(36, t.at(conversionsDir), "%s/v%d.yaml is missing: there is v%d.yaml, and numbers go up from 2", conversionsDir, want, number)
			return
		}
	}
	c.checkConfigVersion(t, numbers[len(numbers)-1])
}

// checkConversion checks that a conversion says its own number.
func (c *checker) checkConversion(t *tree, e *entry, number int) {
	var file struct {
		Version     *int  `json:"version"`
		Conversions []any `json:"conversions"`
	}
	switch err := yaml.Unmarshal(e.data, &file); {
	case err != nil:
		c.report(36, t.at(e.path), "%s cannot be read: %s", e.path, module.YAMLReason(err))
	case file.Version == nil || *file.Version != number:
		c.report(36, t.at(e.path), "%s does not say version: %d", e.path, number)
	}
}

// checkConfigVersion checks that the schema is of the version that the last
// conversion leads to.
func (c *checker) checkConfigVersion(t *tree, last int) {
	data, ok := t.data(configValuesFile)
	if !ok {
		return
	}
	var schema struct {
		Version int `json:"x-config-version"`
	}
	if err := yaml.Unmarshal(data, &schema); err != nil {
		if _, err := parseSchema(data); err == nil {
			c.report(36, t.at(configValuesFile), "x-config-version in %s is no number", configValuesFile)
		}
		return // else reported by rule 35
	}
	if schema.Version != last {
		c.report(36, t.at(configValuesFile), "x-config-version in %s is %d, the last conversion is v%d", configValuesFile, schema.Version, last)
	}
}
