package lint

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/Masterminds/semver/v3"

	"github.com/modship/modship/internal/kube"
	"github.com/modship/modship/internal/render"
	"github.com/modship/modship/pkg/module"
)

// kubernetesRange returns the versions that module.yaml's requirements allow.
// Where they name no newest version it is the default one, and where they name
// none at all the range is the default version alone.
func kubernetesRange(fsys fs.FS) (kube.Range, error) {
	fallback := kube.Range{From: render.DefaultKubernetes, To: render.DefaultKubernetes}
	data, err := fs.ReadFile(fsys, "module.yaml")
	if errors.Is(err, fs.ErrNotExist) {
		return fallback, nil
	}
	definition, err := module.ParseDefinition(data)
	if err != nil || definition.Requirements.Kubernetes == "" {
		return fallback, nil // a rule of the contract reports what is wrong with it
	}
	constraint, err := semver.NewConstraint(definition.Requirements.Kubernetes)
	if err != nil {
		return fallback, nil // likewise
	}
	allowed := func(version string) bool {
		for _, patch := range []string{".0", ".99"} {
			if v, err := semver.NewVersion(version + patch); err == nil && constraint.Check(v) {
				return true
			}
		}
		return false
	}
	known := kube.Known()
	var found []string
	for _, version := range known {
		if allowed(version) {
			found = append(found, version)
		}
	}
	if len(found) == 0 {
		return fallback, fmt.Errorf("module.yaml: requirements.kubernetes %s allows none of the versions %s to %s", definition.Requirements.Kubernetes, known[0], known[len(known)-1])
	}
	to := found[len(found)-1]
	if to == known[len(known)-1] && kube.Compare(found[0], fallback.To) < 0 {
		to = fallback.To
	}
	return kube.Range{From: found[0], To: to}, nil
}
