package contract

import (
	"bytes"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/modship/modship/pkg/contract/internal/artifact"
	"github.com/modship/modship/pkg/module"
)

// checkRelease checks the files of a release image (rules 5, 10 to 16).
func (c *checker) checkRelease(t *artifact.Tree, name, tag string) {
	c.checkSizes(t, artifact.VersionFile, artifact.DefinitionFile)
	c.checkVersionFile(t, tag)
	if t.File(artifact.DefinitionFile) == nil {
		c.report(RuleDefinition, t.Name, "the release image has no module.yaml%s", hintAt(t, artifact.DefinitionFile))
	}
	c.checkDefinition(t, name, tag)
	c.checkChangelog(t, true)
}

// checkReleaseLacks checks before the build what rules 10 and 12 ask of the
// files of a release image.
func (c *checker) checkReleaseLacks(files []string) {
	rules := map[string]RuleID{artifact.VersionFile: RuleVersionFile, artifact.DefinitionFile: RuleDefinition}
	for _, file := range files {
		if rule, known := rules[file]; known {
			c.report(rule, "werf.yaml", "the release image will have no %s: nothing in werf.yaml adds it", file)
		}
	}
}

// checkVersionFile checks rules 10 and 11.
func (c *checker) checkVersionFile(t *artifact.Tree, tag string) {
	e := t.File(artifact.VersionFile)
	if e == nil {
		c.report(RuleVersionFile, t.Name, "the release image has no version.json%s", hintAt(t, artifact.VersionFile))
		return
	}
	if e.Data == nil {
		return // too large: rule 14
	}
	c.checkRootName(RuleVersionFile, t, e)
	version, err := module.ParseVersionFile(e.Data)
	switch {
	case err != nil:
		c.report(RuleVersionFile, t.Name, "%v", err)
	case version != tag:
		c.report(RuleVersionIsTag, t.Name, "version.json says %q, the tag is %q", version, tag)
	}
}

// checkRootName reports a root file whose tar entry is not called exactly by
// its name: consumers compare names without cleaning them.
func (c *checker) checkRootName(rule RuleID, t *artifact.Tree, e *artifact.Entry) {
	if e.Raw != e.Path {
		c.report(rule, t.Name, "the entry of %s is called %q: consumers compare the name exactly", e.Path, e.Raw)
	}
}

// hintAt tells about a file of that name in another spelling or directory.
func hintAt(t *artifact.Tree, name string) string {
	for _, e := range t.Order {
		base := e.Path[strings.LastIndex(e.Path, "/")+1:]
		if e.Kind == artifact.KindFile && e.Path != name && strings.EqualFold(base, name) {
			return " in its root, only " + e.Path
		}
	}
	return ""
}

// checkSizes checks rule 14 for the metadata files of a tree.
func (c *checker) checkSizes(t *artifact.Tree, names ...string) {
	for _, name := range names {
		if e := t.File(name); e != nil && e.Size > module.MaxMetadataSize {
			c.report(RuleMetadataSize, t.At(name), "%s has %d bytes, at most %d are read", name, e.Size, module.MaxMetadataSize)
		}
	}
}

// checkChangelog checks rule 13. In a repository the file is often made by the
// build, so it is required only of images.
func (c *checker) checkChangelog(t *artifact.Tree, required bool) {
	e, name := t.File("changelog.yaml"), "changelog.yaml"
	if e == nil {
		e, name = t.File("changelog.yml"), "changelog.yml"
	}
	switch {
	case e == nil && required:
		c.report(RuleChangelog, t.Name, "the release image has no changelog.yaml")
	case e == nil:
	case e.Data == nil:
		c.report(RuleChangelog, t.At(name), "%s has %d bytes, at most %d are read", name, e.Size, module.MaxMetadataSize)
	case len(bytes.TrimSpace(e.Data)) == 0:
		c.report(RuleChangelog, t.At(name), "%s is empty", name)
	case !isYAMLMap(e.Data):
		c.report(RuleChangelog, t.At(name), "%s is not a YAML map", name)
	}
}

func isYAMLMap(data []byte) bool {
	var m map[string]any
	return yaml.Unmarshal(data, &m) == nil && m != nil
}
