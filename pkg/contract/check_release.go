package contract

import (
	"bytes"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/modship/modship/pkg/module"
)

// checkRelease checks the files of a release image (rules 5, 10 to 16).
func (c *checker) checkRelease(t *tree, name, tag string) {
	c.checkSizes(t, versionFile, definitionFile)
	c.checkVersionFile(t, tag)
	if t.file(definitionFile) == nil {
		c.report(12, t.artifact, "the release image has no module.yaml%s", hintAt(t, definitionFile))
	}
	c.checkDefinition(t, name, tag)
	c.checkChangelog(t, true)
}

// checkReleaseLacks checks before the build what rules 10 and 12 ask of the
// files of a release image.
func (c *checker) checkReleaseLacks(files []string) {
	rules := map[string]int{versionFile: 10, definitionFile: 12}
	for _, file := range files {
		if rule, known := rules[file]; known {
			c.report(rule, "werf.yaml", "the release image will have no %s: nothing in werf.yaml adds it", file)
		}
	}
}

// checkVersionFile checks rules 10 and 11.
func (c *checker) checkVersionFile(t *tree, tag string) {
	e := t.file(versionFile)
	if e == nil {
		c.report(10, t.artifact, "the release image has no version.json%s", hintAt(t, versionFile))
		return
	}
	if e.data == nil {
		return // too large: rule 14
	}
	c.checkRootName(10, t, e)
	version, err := module.ParseVersionFile(e.data)
	switch {
	case err != nil:
		c.report(10, t.artifact, "%v", err)
	case version != tag:
		c.report(11, t.artifact, "version.json says %q, the tag is %q", version, tag)
	}
}

// checkRootName reports a root file whose tar entry is not called exactly by
// its name: consumers compare names without cleaning them.
func (c *checker) checkRootName(rule int, t *tree, e *entry) {
	if e.raw != e.path {
		c.report(rule, t.artifact, "the entry of %s is called %q: consumers compare the name exactly", e.path, e.raw)
	}
}

// hintAt tells about a file of that name in another spelling or directory.
func hintAt(t *tree, name string) string {
	for _, e := range t.order {
		base := e.path[strings.LastIndex(e.path, "/")+1:]
		if e.kind == kindFile && e.path != name && strings.EqualFold(base, name) {
			return " in its root, only " + e.path
		}
	}
	return ""
}

// checkSizes checks rule 14 for the metadata files of a tree.
func (c *checker) checkSizes(t *tree, names ...string) {
	for _, name := range names {
		if e := t.file(name); e != nil && e.size > module.MaxMetadataSize {
			c.report(14, t.at(name), "%s has %d bytes, at most %d are read", name, e.size, module.MaxMetadataSize)
		}
	}
}

// checkChangelog checks rule 13. In a repository the file is often made by the
// build, so it is required only of images.
func (c *checker) checkChangelog(t *tree, required bool) {
	e, name := t.file("changelog.yaml"), "changelog.yaml"
	if e == nil {
		e, name = t.file("changelog.yml"), "changelog.yml"
	}
	switch {
	case e == nil && required:
		c.report(13, t.artifact, "the release image has no changelog.yaml")
	case e == nil:
	case e.data == nil:
		c.report(13, t.at(name), "%s has %d bytes, at most %d are read", name, e.size, module.MaxMetadataSize)
	case len(bytes.TrimSpace(e.data)) == 0:
		c.report(13, t.at(name), "%s is empty", name)
	case !isYAMLMap(e.data):
		c.report(13, t.at(name), "%s is not a YAML map", name)
	}
}

func isYAMLMap(data []byte) bool {
	var m map[string]any
	return yaml.Unmarshal(data, &m) == nil && m != nil
}
