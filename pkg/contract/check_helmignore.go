package contract

import "slices"

// notForHelm are the directories of a module that have no place in its chart.
var notForHelm = []string{"crds", "docs", "hooks", "images", "openapi"}

// maxChartBytes is the size of a Secret, in which Helm stores a release.
const maxChartBytes = 1 << 20

// checkHelmignore checks rule 37. A module without Chart.yaml gets a chart and
// the exclusions from addon-operator.
func (c *checker) checkHelmignore(t *tree) {
	if t.file(chartFile) == nil {
		return
	}
	data, ok := t.data(ignoreFile)
	if !ok {
		c.report(37, t.at(ignoreFile), "there is no .helmignore")
		return
	}
	rules, err := parseIgnore(string(data))
	if err != nil {
		// An error: Helm does not load the chart at all.
		c.fail(37, t.at(ignoreFile), ".helmignore cannot be read, so Helm cannot load the chart: %v", err)
		return
	}
	for _, dir := range notForHelm {
		if slices.ContainsFunc(t.under(dir), func(e *entry) bool { return !rules.ignores(e.path) }) {
			c.report(37, t.at(ignoreFile), ".helmignore does not exclude %s", dir)
		}
	}
	if size := chartSize(t, rules); size > maxChartBytes {
		c.report(37, t.at(ignoreFile), "the files of the chart have %d bytes, a Helm release holds at most %d", size, maxChartBytes)
	}
}

// chartSize adds up the files that Helm loads, in bytes.
func chartSize(t *tree, rules ignoreRules) int64 {
	var size int64
	for _, e := range t.byPath {
		if e.kind == kindFile && !rules.ignores(e.path) {
			size += e.size
		}
	}
	return size
}
