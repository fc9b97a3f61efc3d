package contract

import (
	"sigs.k8s.io/yaml"

	"github.com/modship/modship/pkg/contract/internal/artifact"
	"github.com/modship/modship/pkg/module"
)

// checkChart checks rule 39 and Chart.yaml's half of rule 5.
func (c *checker) checkChart(t *artifact.Tree, name string) {
	if t.File(artifact.ChartFile) == nil && len(t.Under("templates")) == 0 {
		c.report(RuleChart, t.At(artifact.ChartFile), "there is neither Chart.yaml nor templates/: the module deploys nothing")
	}
	data, ok := t.Data(artifact.ChartFile)
	if !ok {
		return
	}
	chart, err := parseChart(data)
	switch {
	case err != nil:
		c.report(RuleSameName, t.At(artifact.ChartFile), "Chart.yaml cannot be read: %s", module.YAMLReason(err))
	case name != "" && chart.Name != name:
		c.report(RuleSameName, t.At(artifact.ChartFile), "Chart.yaml names the chart %q, the module is %q", chart.Name, name)
	}
}

// chart is what the rules read of a Chart.yaml.
type chart struct {
	Name string `json:"name"`
}

func parseChart(data []byte) (chart, error) {
	var c chart
	err := yaml.Unmarshal(data, &c)
	return c, err
}
