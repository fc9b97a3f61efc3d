package contract

import (
	"slices"

	"github.com/modship/modship/pkg/contract/internal/artifact"
	"github.com/modship/modship/pkg/contract/internal/templates"
)

// notForHelm are the directories of a module that have no place in its chart.
var notForHelm = []string{"crds", "docs", "hooks", "images", "openapi"}

// maxChartBytes is the size of a Secret, in which Helm stores a release.
const maxChartBytes = 1 << 20

// checkHelmignore checks rule 37. A module without Chart.yaml gets a chart and
// the exclusions from addon-operator.
func (c *checker) checkHelmignore(t *artifact.Tree) {
	if t.File(artifact.ChartFile) == nil {
		return
	}
	data, ok := t.Data(artifact.IgnoreFile)
	if !ok {
		c.report(RuleHelmignore, t.At(artifact.IgnoreFile), "there is no .helmignore")
		return
	}
	rules, err := templates.ParseIgnore(string(data))
	if err != nil {
		// An error: Helm does not load the chart at all.
		c.fail(RuleHelmignore, t.At(artifact.IgnoreFile), ".helmignore cannot be read, so Helm cannot load the chart: %v", err)
		return
	}
	for _, dir := range notForHelm {
		if slices.ContainsFunc(t.Under(dir), func(e *artifact.Entry) bool { return !rules.Ignores(e.Path) }) {
			c.report(RuleHelmignore, t.At(artifact.IgnoreFile), ".helmignore does not exclude %s", dir)
		}
	}
	if size := chartSize(t, rules); size > maxChartBytes {
		c.report(RuleHelmignore, t.At(artifact.IgnoreFile), "the files of the chart have %d bytes, a Helm release holds at most %d", size, maxChartBytes)
	}
}

// chartSize adds up the files that Helm loads, in bytes.
func chartSize(t *artifact.Tree, rules templates.Ignore) int64 {
	var size int64
	for e := range t.Entries() {
		if e.Kind == artifact.KindFile && !rules.Ignores(e.Path) {
			size += e.Size
		}
	}
	return size
}
