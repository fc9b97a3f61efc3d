package contract

import "github.com/modship/modship/pkg/module"

// checkName checks rules 2 and 3. UsesImages reports whether the module's
// templates use images of it: only then a disagreement on its keys breaks it.
func (c *checker) checkName(artifact, name string, usesImages bool) {
	if err := module.CheckNameSyntax(name); err != nil {
		c.report(RuleModuleName, artifact, "%v", err)
		return
	}
	if err := module.CheckNameCasing(name); err != nil {
		c.report(RuleModuleNameCasing, artifact, "%v", err)
		return
	}
	report := c.warn
	if usesImages {
		report = c.fail
	}
	if stored, looked := module.DigestsKey(name), module.TemplateKey(name); stored != looked {
		report(RuleModuleNameCasing, artifact, "the controller stores the digests of module %q under %q, lib-helm looks them up under %q", name, stored, looked)
	}
	if looked := module.ImagesName(name); looked != name {
		report(RuleModuleNameCasing, artifact, "lib-helm looks for the images of module %q in a repository called %q", name, looked)
	}
}

// checkTag checks the forms of tag that rules 6 and 7 ask for: a version if it
// shall reach channels, anything but a version if the build is a dev build.
// A number that only other readers than the release fetcher take for a version
// (1.2.3, v1.2) is surely a mistake before it is published, and a warning
// afterwards; a prerelease (v1.2.3-rc.1) is a warning.
func (c *checker) checkTag(artifact, tag string, dev bool, channels []module.Channel) {
	if tag == "" {
		return
	}
	if err := module.CheckTag(tag); err != nil {
		c.report(RuleVersionTag, artifact, "%v", err)
		return
	}
	if err := module.CheckVersion(tag); len(channels) > 0 && err != nil {
		c.report(RuleVersionTag, artifact, "the tag cannot go to the release channel %s: %v", channels[0], err)
		return
	}
	if dev && module.IsUpgradeStep(tag) {
		c.fail(RuleDevTag, artifact, "a dev build must not have the tag %q, which the controller reads as a version", tag)
		return
	}
	c.checkListedTag(artifact, tag)
}

// checkListedTag checks rule 7 for a tag that is in the registry or going to be.
func (c *checker) checkListedTag(artifact, tag string) {
	switch {
	case module.IsVersion(tag):
	case module.IsUpgradeStep(tag):
		c.fail(RuleDevTag, artifact, "the tag %q is not of the form vX.Y.Z, but the controller reads it as a version", tag)
	case module.IsForeignVersion(tag) && module.ReadsAsVersion(tag):
		c.reportUnlessPublished(RuleDevTag, artifact, "the tag %q is not of the form vX.Y.Z, but d8 mirror and PackageRepository read it as a version", tag)
	case module.IsForeignVersion(tag):
		c.warn(RuleDevTag, artifact, "the tag %q is ignored by clusters, but PackageRepository lists it as a version", tag)
	}
}
