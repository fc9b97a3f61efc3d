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
		{"echo_x", fixture{RuleModuleName, "underscore", Error, inRepository, nil, nil}},
		{strings.Repeat("e", 65), fixture{RuleModuleName, "long", Error, inRepository, nil, nil}},
		{"modules", fixture{RuleModuleName, "reserved", Error, inRepository, nil, nil}},
		{"echo-2x", fixture{RuleModuleNameCasing, "not restored", Error, inRepository, nil, nil}},
		{"k8s-echo", fixture{RuleModuleNameCasing, "digits between letters", Error, inRepository, nil, nil}},
		{"k8s-echo", fixture{RuleModuleNameCasing, "digits between letters, no images", Warning, []Scope{ScopeRepository, ScopeImages, ScopePublished}, noImages, nil}},
		{"k8s-echo", fixture{RuleModuleNameCasing, "image of another module", Warning, []Scope{ScopeRepository, ScopeImages, ScopePublished}, otherImage, nil}},
		{"k8s-echo", fixture{RuleModuleNameCasing, "computed image", Error, inRepository, noImages, computed}},
	}
}

func nameFixtures() []fixture {
	return []fixture{
		{RuleRegistrationTag, "missing", Error, inPublished, nil, func(w *world, _ Scope) { w.reg.untag(echo.Registration()) }},
		{RuleSourceTags, "version in the source", Warning, []Scope{ScopeModule}, nil, func(w *world, _ Scope) {
			w.reg.tag(echo.Source+":v1.2.3", w.reg.push(echo.Source, fakeImage{}))
		}},
		{RuleSourceTags, "not a name", Warning, []Scope{ScopeModule}, nil, func(w *world, _ Scope) {
			w.reg.tag(echo.Source+":Feature_x", w.reg.push(echo.Source, fakeImage{}))
		}},
		{RuleSourceTags, "too many", Error, []Scope{ScopeModule}, nil, tooManyModules},
		{RuleSameName, "module.yaml", Error, inRepository, func(c *content) { c.setBoth("module.yaml", "name: other\nstage: Preview\n") }, nil},
		{RuleSameName, "no name", Error, inRepository, func(c *content) { c.setBoth("module.yaml", "stage: Preview\n") }, nil},
		{RuleSameName, "Chart.yaml", Error, inRepository, func(c *content) { c.set("Chart.yaml", "name: other\n") }, nil},
		{RuleSameName, "Chart.yaml is no YAML", Error, inRepository, func(c *content) { c.set("Chart.yaml", "name: [\n") }, nil},
		{RuleVersionTag, "branch to a channel", Error, []Scope{ScopeRepository, ScopeImages, ScopePromotion}, setReleaseVersion("v1.3.0-rc.1"), func(w *world, scope Scope) {
			w.tag, w.channels = "v1.3.0-rc.1", []module.Channel{module.Alpha}
		}},
		{RuleVersionTag, "prerelease on a channel", Error, []Scope{ScopeChannel, ScopeModule}, nil, func(w *world, _ Scope) {
			w.publishBase("rc-one")
			w.promote("rc-one")
		}},
		{RuleDevTag, "dev build of a version", Error, []Scope{ScopeRepository, ScopeImages}, nil, func(w *world, _ Scope) { w.dev = true }},
		{RuleDevTag, "read as a version by others", Warning, []Scope{ScopePublished, ScopeModule}, nil, func(w *world, _ Scope) {
			w.tag = "1.2.3"
			w.publishBase(w.tag)
		}},
		{RuleDevTag, "read as a version", Error, []Scope{ScopePublished, ScopeModule}, nil, func(w *world, _ Scope) {
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
		{RuleReleaseExists, "missing", Error, []Scope{ScopePublished, ScopeChannel, ScopeModule, ScopePromotion}, nil, func(w *world, _ Scope) {
			w.reg.untag(echo.Release(w.tag))
		}},
		{RuleReleaseExists, "missing step", Error, []Scope{ScopeModule}, nil, func(w *world, _ Scope) { w.reg.untag(echo.Release(oldTag)) }},
		{RuleReleaseExists, "missing for a dev build", Warning, []Scope{ScopePublished}, nil, func(w *world, _ Scope) {
			w.tag = "main"
			w.publishBase(w.tag)
			w.reg.untag(echo.Release(w.tag))
		}},
		{RuleBundleExists, "missing", Error, []Scope{ScopePublished, ScopeChannel, ScopeModule, ScopePromotion}, nil, func(w *world, _ Scope) {
			w.reg.untag(echo.Bundle(w.tag))
		}},
		{RuleVersionFile, "missing", Error, inContent, func(c *content) { c.removeRelease("version.json") }, nil},
		{RuleVersionFile, "empty", Error, inContent, func(c *content) { c.setRelease("version.json", `{"version":""}`) }, nil},
		{RuleVersionFile, "not JSON", Error, inContent, func(c *content) { c.setRelease("version.json", `version: v1.2.3`) }, nil},
		{RuleVersionFile, "in a directory", Error, inContent, func(c *content) { rename(c.release, "version.json", "release/version.json") }, nil},
		{RuleVersionFile, "dot slash", Error, inContent, func(c *content) { rename(c.release, "version.json", "./version.json") }, nil},
		{RuleVersionIsTag, "other version", Error, []Scope{ScopeImages, ScopePublished, ScopePromotion}, setReleaseVersion("v1.2.4"), nil},
		{RuleVersionIsTag, "without v", Error, []Scope{ScopeImages, ScopePublished, ScopePromotion}, setReleaseVersion("1.2.3"), nil},
		{RuleVersionIsTag, "other version of a step", Error, []Scope{ScopeModule}, nil, func(w *world, _ Scope) {
			c := newContent(oldTag, w.pushImages(oldTag))
			c.setRelease("version.json", `{"version":"v1.1.5"}`)
			w.publish(oldTag, c)
		}},
		{RuleDefinition, "missing", Error, inContent, func(c *content) { c.removeRelease("module.yaml") }, nil},
		{RuleDefinition, "differs", Error, inContent, func(c *content) { c.setRelease("module.yaml", "name: echo\nstage: Preview\nweight: 905\n") }, nil},
		{RuleDefinition, "does not parse", Error, inRepository, func(c *content) { c.setBoth("module.yaml", "name: [echo]\n") }, nil},
		{RuleChangelog, "missing", Warning, inContent, func(c *content) { c.removeRelease("changelog.yaml") }, nil},
		{RuleChangelog, "list", Warning, inContent, func(c *content) { c.setRelease("changelog.yaml", "- a\n") }, nil},
		{RuleChangelog, "empty", Warning, inRepository, func(c *content) { c.setBoth("changelog.yaml", "") }, nil},
		{RuleChangelog, "too large", Warning, inContent, func(c *content) { c.setRelease("changelog.yaml", "a: b"+long) }, nil},
		{RuleMetadataSize, "version.json", Error, []Scope{ScopeImages, ScopePublished, ScopePromotion}, func(c *content) { c.setRelease("version.json", `{}`+long) }, nil},
		{RuleMetadataSize, "module.yaml", Error, inRepository, func(c *content) {
			c.setBoth("module.yaml", "name: echo"+long)
			c.set(".helmignore", "*.yaml\ndocs\nhooks\nopenapi\n")
		}, nil},
		{RuleMetadataSize, "images_digests.json", Error, inContent, func(c *content) {
			c.digests = nil
			c.set("images_digests.json", "{}"+long)
			c.set(".helmignore", "*.json\ndocs\nhooks\nopenapi\n")
		}, nil},
		{RuleRequirements, "deckhouse", Error, inRepository, setDefinition("requirements: {deckhouse: latest}"), nil},
		{RuleRequirements, "kubernetes", Error, inRepository, setDefinition("requirements: {kubernetes: \">> 1.30\"}"), nil},
		{RuleRequirements, "module", Error, inRepository, setDefinition("requirements: {deckhouse: \">= 1.73\", modules: {csi: \"newest !optional\"}}"), nil},
		{RuleRequirements, "module without constraint", Error, inRepository, setDefinition("requirements: {modules: {csi: \"\"}}"), nil},
		{RuleStage, "unknown", Warning, inRepository, func(c *content) { c.setBoth("module.yaml", "name: echo\nstage: Beta\n") }, nil},
		{RuleStage, "missing", Warning, inRepository, func(c *content) { c.setBoth("module.yaml", "name: echo\n") }, nil},
		{RuleStage, "experimental", Warning, []Scope{ScopeChannel, ScopeModule, ScopePromotion}, func(c *content) {
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
