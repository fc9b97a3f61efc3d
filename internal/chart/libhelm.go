package chart

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/werf/nelm/pkg/helm/pkg/chart/loader"
	"sigs.k8s.io/yaml"
)

// libHelm is the name of the chart of Deckhouse's lib-helm.
const libHelm = "deckhouse_lib_helm"

// libHelmRepository is where it is published (lib-helm's README).
const libHelmRepository = "https://deckhouse.github.io/lib-helm"

// missingTemplate matches what the engine says of a template that nothing defines.
var missingTemplate = regexp.MustCompile(`no template "((?:helm_lib|deckhouse)_[^"]+)"`)

// explainLibHelm says which lib-helm a module has, when a template calls a
// function that it lacks.
func (src *source) explainLibHelm(reason string) string {
	found := missingTemplate.FindStringSubmatch(reason)
	if found == nil {
		return reason
	}
	where, version := src.libHelm()
	wanted := src.wantedLibHelm()
	switch {
	case version != "":
		return fmt.Sprintf("%s is not in lib-helm %s (%s): take a newer version from %s", found[1], version, where, libHelmRepository)
	case wanted != "":
		return fmt.Sprintf("%s is a function of lib-helm: Chart.yaml asks for version %s, and charts/ (as far as .helmignore leaves it in) does not have it; get it with `helm dependency update` from %s", found[1], wanted, libHelmRepository)
	}
	return fmt.Sprintf("%s is a function of lib-helm, which is neither in Chart.yaml nor in charts/ (as far as .helmignore leaves it in): get the chart %s from %s", found[1], libHelm, libHelmRepository)
}

// libHelm finds lib-helm in charts/, as an archive or a directory.
func (src *source) libHelm() (file, version string) {
	var names []string
	for name := range src.files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if path.Dir(name) == "charts" && strings.HasSuffix(name, ".tgz") && strings.HasPrefix(path.Base(name), libHelm) {
			archive, err := loader.LoadArchive(bytes.NewReader(src.files[name]), loadOptions)
			if err == nil {
				return name, archive.Metadata.Version
			}
		}
		if matched, _ := path.Match("charts/*/Chart.yaml", name); matched {
			metadata := struct{ Name, Version string }{}
			if yaml.Unmarshal(src.files[name], &metadata) == nil && metadata.Name == libHelm {
				return path.Dir(name), metadata.Version
			}
		}
	}
	return "", ""
}

// wantedLibHelm is the version that Chart.yaml asks for.
func (src *source) wantedLibHelm() string {
	metadata := struct {
		Dependencies []struct{ Name, Version string }
	}{}
	if yaml.Unmarshal(src.files["Chart.yaml"], &metadata) != nil {
		return ""
	}
	for _, d := range metadata.Dependencies {
		if d.Name == libHelm {
			return d.Version
		}
	}
	return ""
}
