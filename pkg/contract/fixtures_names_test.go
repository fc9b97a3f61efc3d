package contract

import (
	"fmt"
	"strings"

	"github.com/modship/modship/pkg/module"
)

// misnamedFixtures are the fixtures of rules 2 and 3.
func misnamedFixtures() []namedFixture {
	noImages := func(c *content) { c.set("templates/deployment.yaml", "image: nginx\n") }
	otherImage := func(c *content) {
		c.set("templates/deployment.yaml", `image: {{ include "helm_lib_module_image" (list . "kubeRbacProxy" "common") }}`)
	}
	computed := func(w *world, _ Scope) { w.opts.Render = computesEcho }
	return []namedFixture{
		{"echo_x", fixture{2, "underscore", Error, inRepository, nil, nil}},
		{strings.Repeat("e", 65), fixture{2, "long", Error, inRepository, nil, nil}},
		{"modules", fixture{2, "reserved", Error, inRepository, nil, nil}},
		{"echo-2x", fixture{3, "not restored", Error, inRepository, nil, nil}},
		{"k8s-echo", fixture{3, "digits between letters", Error, inRepository, nil, nil}},
		{"k8s-echo", fixture{3, "digits between letters, no images", Warning, []Scope{ScopeRepository, ScopeImages, ScopePublished}, noImages, nil}},
		{"k8s-echo", fixture{3, "image of another module", Warning, []Scope{ScopeRepository, ScopeImages, ScopePublished}, otherImage, nil}},
		{"k8s-echo", fixture{3, "computed image", Error, inRepository, noImages, computed}},
	}
}

func nameFixtures() []fixture {
	return []fixture{
		{1, "missing", Error, inPublished, nil, func(w *world, _ Scope) { w.reg.untag(echo.Registration()) }},
		{4, "version in the source", Warning, []Scope{ScopeModule}, nil, func(w *world, _ Scope) {
			w.reg.tag(echo.Source+":v1.2.3", w.reg.push(echo.Source, fakeImage{}))
		}},
		{4, "not a name", Warning, []Scope{ScopeModule}, nil, func(w *world, _ Scope) {
			w.reg.tag(echo.Source+":Feature_x", w.reg.push(echo.Source, fakeImage{}))
		}},
		{4, "too many", Error, []Scope{ScopeModule}, nil, tooManyModules},
		{5, "module.yaml", Error, inRepository, func(c *content) { c.setBoth("module.yaml", "name: other\nstage: Preview\n") }, nil},
		{5, "no name", Error, inRepository, func(c *content) { c.setBoth("module.yaml", "stage: Preview\n") }, nil},
		{5, "Chart.yaml", Error, inRepository, func(c *content) { c.set("Chart.yaml", "name: other\n") }, nil},
		{5, "Chart.yaml is no YAML", Error, inRepository, func(c *content) { c.set("Chart.yaml", "name: [\n") }, nil},
		{6, "branch to a channel", Error, []Scope{ScopeRepository, ScopeImages, ScopePromotion}, setReleaseVersion("v1.3.0-rc.1"), func(w *world, scope Scope) {
			w.tag, w.channels = "v1.3.0-rc.1", []module.Channel{module.Alpha}
		}},
		{6, "prerelease on a channel", Error, []Scope{ScopeChannel, ScopeModule}, nil, func(w *world, _ Scope) {
			w.publishBase("v1.3.0-rc.1")
			w.promote("v1.3.0-rc.1")
		}},
		{7, "dev build of a version", Error, []Scope{ScopeRepository, ScopeImages}, nil, func(w *world, _ Scope) { w.dev = true }},
		{7, "read as a version by others", Warning, []Scope{ScopePublished, ScopeModule}, nil, func(w *world, _ Scope) {
			w.tag = "1.2.3"
			w.publishBase(w.tag)
		}},
		{7, "read as a version", Error, []Scope{ScopePublished, ScopeModule}, nil, func(w *world, _ Scope) {
			w.tag = "v1-2-3"
			w.publishBase(w.tag)
		}},
	}
}

// setReleaseVersion returns a change of version.json.
func setReleaseVersion(version string) func(*content) {
	return func(c *content) { c.setRelease("version.json", fmt.Sprintf(`{"version":%q}`, version)) }
}

// tooManyModules fills the source with modules that exist.
func tooManyModules(w *world, _ Scope) {
	for i := range maxModules {
		other := module.Repository{Source: echo.Source, Name: fmt.Sprintf("m%d", i)}
		w.reg.tag(other.Registration(), w.reg.push(echo.Source, fakeImage{}))
		w.reg.tag(other.Release("alpha"), w.reg.push(other.ReleaseRepo(), fakeImage{}))
	}
}

func releaseFixtures() []fixture {
	long := strings.Repeat(" ", module.MaxMetadataSize)
	return []fixture{
		{8, "missing", Error, []Scope{ScopePublished, ScopeChannel, ScopeModule, ScopePromotion}, nil, func(w *world, _ Scope) {
			w.reg.untag(echo.Release(w.tag))
		}},
		{8, "missing step", Error, []Scope{ScopeModule}, nil, func(w *world, _ Scope) { w.reg.untag(echo.Release(oldTag)) }},
		{8, "missing for a dev build", Warning, []Scope{ScopePublished}, nil, func(w *world, _ Scope) {
			w.tag = "main"
			w.publishBase(w.tag)
			w.reg.untag(echo.Release(w.tag))
		}},
		{9, "missing", Error, []Scope{ScopePublished, ScopeChannel, ScopeModule, ScopePromotion}, nil, func(w *world, _ Scope) {
			w.reg.untag(echo.Bundle(w.tag))
		}},
		{10, "missing", Error, inContent, func(c *content) { c.removeRelease("version.json") }, nil},
		{10, "empty", Error, inContent, func(c *content) { c.setRelease("version.json", `{"version":""}`) }, nil},
		{10, "not JSON", Error, inContent, func(c *content) { c.setRelease("version.json", `version: v1.2.3`) }, nil},
		{10, "in a directory", Error, inContent, func(c *content) { rename(c.release, "version.json", "release/version.json") }, nil},
		{10, "dot slash", Error, inContent, func(c *content) { rename(c.release, "version.json", "./version.json") }, nil},
		{11, "other version", Error, []Scope{ScopeImages, ScopePublished, ScopePromotion}, setReleaseVersion("v1.2.4"), nil},
		{11, "without v", Error, []Scope{ScopeImages, ScopePublished, ScopePromotion}, setReleaseVersion("1.2.3"), nil},
		{11, "other version of a step", Error, []Scope{ScopeModule}, nil, func(w *world, _ Scope) {
			c := newContent(oldTag, w.pushImages(oldTag))
			c.setRelease("version.json", `{"version":"v1.1.5"}`)
			w.publish(oldTag, c)
		}},
		{12, "missing", Error, inContent, func(c *content) { c.removeRelease("module.yaml") }, nil},
		{12, "differs", Error, inContent, func(c *content) { c.setRelease("module.yaml", "name: echo\nstage: Preview\nweight: 5\n") }, nil},
		{12, "does not parse", Error, inRepository, func(c *content) { c.setBoth("module.yaml", "name: [echo]\n") }, nil},
		{13, "missing", Warning, inContent, func(c *content) { c.removeRelease("changelog.yaml") }, nil},
		{13, "list", Warning, inContent, func(c *content) { c.setRelease("changelog.yaml", "- a\n") }, nil},
		{13, "empty", Warning, inRepository, func(c *content) { c.setBoth("changelog.yaml", "") }, nil},
		{13, "too large", Warning, inContent, func(c *content) { c.setRelease("changelog.yaml", "a: b"+long) }, nil},
		{14, "version.json", Error, []Scope{ScopeImages, ScopePublished, ScopePromotion}, func(c *content) { c.setRelease("version.json", `{}`+long) }, nil},
		{14, "module.yaml", Error, inRepository, func(c *content) {
			c.setBoth("module.yaml", "name: echo"+long)
			c.set(".helmignore", "*.yaml\ndocs\nhooks\nopenapi\n")
		}, nil},
		{14, "images_digests.json", Error, inContent, func(c *content) {
			c.digests = nil
			c.set("images_digests.json", "{}"+long)
			c.set(".helmignore", "*.json\ndocs\nhooks\nopenapi\n")
		}, nil},
		{15, "deckhouse", Error, inRepository, setDefinition("requirements: {deckhouse: latest}"), nil},
		{15, "kubernetes", Error, inRepository, setDefinition("requirements: {kubernetes: \">> 1.30\"}"), nil},
		{15, "module", Error, inRepository, setDefinition("requirements: {modules: {csi: \"newest !optional\"}}"), nil},
		{15, "module without constraint", Error, inRepository, setDefinition("requirements: {modules: {csi: \"\"}}"), nil},
		{16, "unknown", Warning, inRepository, func(c *content) { c.setBoth("module.yaml", "name: echo\nstage: Beta\n") }, nil},
		{16, "missing", Warning, inRepository, func(c *content) { c.setBoth("module.yaml", "name: echo\n") }, nil},
		{16, "experimental", Warning, []Scope{ScopeChannel, ScopeModule, ScopePromotion}, func(c *content) {
			c.setBoth("module.yaml", "name: echo\nstage: Experimental\n")
		}, nil},
	}
}

// setDefinition returns a change of module.yaml that adds a line.
func setDefinition(line string) func(*content) {
	return func(c *content) { c.setBoth("module.yaml", "name: echo\nstage: Preview\n"+line+"\n") }
}

func rename(entries []fakeEntry, from, to string) {
	for i := range entries {
		if entries[i].hdr.Name == from {
			entries[i].hdr.Name = to
		}
	}
}
