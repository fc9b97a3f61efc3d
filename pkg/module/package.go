package module

import (
	"errors"
	"fmt"

	"github.com/Masterminds/semver/v3"
	"go.yaml.in/yaml/v3"
)

// Package is what the package loader of the controller reads of a package.yaml
// (deckhouse, internal/packages/dto/definition.go).
type Package struct {
	Type         string              `yaml:"type"`
	Name         string              `yaml:"name"`
	Stage        string              `yaml:"stage"`
	Requirements PackageRequirements `yaml:"requirements"`
}

// PackageRequirements are what a package asks of the cluster.
type PackageRequirements struct {
	Deckhouse  PackageConstraint `yaml:"deckhouse"`
	Kubernetes PackageConstraint `yaml:"kubernetes"`
	Modules    struct {
		Mandatory   []PackageModule `yaml:"mandatory"`
		Conditional []PackageModule `yaml:"conditional"`
		AnyOf       []PackageGroup  `yaml:"anyOf"`
		NoneOf      []PackageGroup  `yaml:"noneOf"`
	} `yaml:"modules"`
}

// PackageConstraint is a semver constraint.
type PackageConstraint struct {
	Constraint string `yaml:"constraint"`
}

// PackageModule is another module with an optional constraint.
type PackageModule struct {
	Name       string `yaml:"name"`
	Constraint string `yaml:"constraint"`
}

// PackageGroup is a named set of modules.
type PackageGroup struct {
	Name    string          `yaml:"name"`
	Modules []PackageModule `yaml:"modules"`
}

// ParsePackage reads a package.yaml. Unknown fields are ignored as the
// controller does.
func ParsePackage(data []byte) (Package, error) {
	var p Package
	if err := yaml.Unmarshal(data, &p); err != nil {
		return Package{}, fmt.Errorf("package.yaml cannot be read: %s", YAMLReason(err))
	}
	return p, nil
}

// CheckModulePackage returns what keeps the controller from loading p as a
// module, or nil.
func (p Package) CheckModulePackage() error {
	var faults []error
	if p.Type != "" && p.Type != "Module" {
		faults = append(faults, fmt.Errorf("type is %q, expected Module", p.Type))
	}
	faults = append(faults, checkConstraint("requirements.deckhouse", p.Requirements.Deckhouse.Constraint))
	faults = append(faults, checkConstraint("requirements.kubernetes", p.Requirements.Kubernetes.Constraint))
	in := map[string]string{} // bucket of each module
	modules := p.Requirements.Modules
	faults = append(faults, checkBucket(in, "mandatory", modules.Mandatory), checkBucket(in, "conditional", modules.Conditional))
	for _, m := range modules.Conditional {
		if m.Constraint == "" {
			faults = append(faults, fmt.Errorf("requirements.modules.conditional: %q has no constraint", m.Name))
		}
	}
	faults = append(faults, checkGroups(in, "anyOf", modules.AnyOf), checkGroups(in, "noneOf", modules.NoneOf))
	return errors.Join(faults...)
}

// checkBucket checks the modules of one bucket, each of which may be in one
// bucket only.
func checkBucket(in map[string]string, bucket string, modules []PackageModule) error {
	var faults []error
	for _, m := range modules {
		if m.Name == "" {
			faults = append(faults, fmt.Errorf("requirements.modules.%s has a module without a name", bucket))
		}
		if other, ok := in[m.Name]; ok && other != bucket {
			faults = append(faults, fmt.Errorf("requirements.modules has %q in both %s and %s", m.Name, other, bucket))
		}
		in[m.Name] = bucket
		faults = append(faults, checkConstraint("requirements.modules."+bucket+"."+m.Name, m.Constraint))
	}
	return errors.Join(faults...)
}

// checkGroups checks groups: each has a name of its own and members, none twice.
func checkGroups(in map[string]string, bucket string, groups []PackageGroup) error {
	var faults []error
	names := map[string]bool{}
	for _, g := range groups {
		members := map[string]bool{}
		for _, m := range g.Modules {
			members[m.Name] = true
		}
		switch {
		case g.Name == "":
			faults = append(faults, fmt.Errorf("requirements.modules.%s has a group without a name", bucket))
		case names[g.Name]:
			faults = append(faults, fmt.Errorf("requirements.modules.%s has the group %q twice", bucket, g.Name))
		case len(g.Modules) == 0:
			faults = append(faults, fmt.Errorf("requirements.modules.%s: the group %q has no modules", bucket, g.Name))
		case len(members) < len(g.Modules):
			faults = append(faults, fmt.Errorf("requirements.modules.%s: the group %q has a module twice", bucket, g.Name))
		}
		names[g.Name] = true
		faults = append(faults, checkBucket(in, bucket, g.Modules))
	}
	return errors.Join(faults...)
}

func checkConstraint(field, constraint string) error {
	if constraint == "" {
		return nil
	}
	if _, err := semver.NewConstraint(constraint); err != nil {
		return fmt.Errorf("%s is %q, which is not a semver constraint", field, constraint)
	}
	return nil
}

// AllowsBelow reports whether a constraint on Deckhouse allows a version below
// 1.minor; an empty constraint allows every version. A constraint that cannot
// be read allows nothing.
func AllowsBelow(constraint string, minor uint64) bool {
	if constraint == "" {
		return true
	}
	parsed, err := semver.NewConstraint(constraint)
	if err != nil {
		return false
	}
	for m := range minor {
		if parsed.Check(semver.New(1, m, 0, "", "")) || parsed.Check(semver.New(1, m, 99, "", "")) {
			return true
		}
	}
	return false
}
