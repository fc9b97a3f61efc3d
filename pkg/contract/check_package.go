package contract

import (
	"strings"

	"github.com/modship/modship/pkg/contract/internal/artifact"
	"github.com/modship/modship/pkg/module"
)

// checkPackageFile checks rule 47. Whether a package.yaml in the root of a
// repository gets into the bundle is not known before the build.
func (c *checker) checkPackageFile(t *artifact.Tree, name string) {
	data, ok := t.Data(artifact.PackageFile)
	if !ok {
		return
	}
	report := c.report
	if !t.InImage {
		report = c.warn
	}
	where := t.At(artifact.PackageFile)
	p, err := module.ParsePackage(data)
	if err == nil {
		err = p.CheckModulePackage()
	}
	switch {
	case err != nil:
		report(RulePackageFile, where, "package.yaml, which the package loader prefers to module.yaml, does not load: %s", strings.ReplaceAll(err.Error(), "\n", "; "))
	case p.Name != "" && name != "" && p.Name != name:
		report(RulePackageFile, where, "package.yaml, which the package loader prefers to module.yaml, names the package %q, the module is %q", p.Name, name)
	default:
		c.checkPackageAgrees(t, where, p)
	}
}

// checkPackageAgrees warns where package.yaml and module.yaml ask for different
// things: which of the two counts depends on the version of the controller.
func (c *checker) checkPackageAgrees(t *artifact.Tree, where string, p module.Package) {
	data, ok := t.Data(artifact.DefinitionFile)
	if !ok {
		return
	}
	def, err := module.ParseDefinition(data)
	if err != nil {
		return // rule 12
	}
	for _, field := range []struct{ name, here, there string }{
		{"stage", p.Stage, def.Stage},
		{"requirements.deckhouse", p.Requirements.Deckhouse.Constraint, def.Requirements.Deckhouse},
		{"requirements.kubernetes", p.Requirements.Kubernetes.Constraint, def.Requirements.Kubernetes},
	} {
		if field.here != field.there {
			c.warn(RulePackageFile, where, "%s is %q in package.yaml and %q in module.yaml: which one counts depends on the version of DKP", field.name, field.here, field.there)
		}
	}
}
