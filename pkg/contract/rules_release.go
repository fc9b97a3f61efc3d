package contract

// releaseRules are rules 8 to 16: the release image.
func releaseRules() []Rule {
	return []Rule{
		{
			Number: RuleReleaseExists, Name: "release-exists", Severity: Error,
			Requires: "Every version in the bundle repository has its release image <name>/release:<version>.",
			Protects: "The release fetcher lists only the bundle repository; a version without release image stops the upgrade of every cluster that crosses it with \"module is corrupted\".",
			Fix:      "Publish the version again, or delete the bundle tag if the version was never deployed.",
			Scopes:   []Scope{ScopePublished, ScopeChannel, ScopeModule, ScopePromotion},
		},
		{
			Number: RuleBundleExists, Name: "bundle-exists", Severity: Error,
			Requires: "Every version in the release repository has its bundle <name>:<version>.",
			Protects: "The controller creates the release and then fails to download it; d8 mirror copies a channel that points to an absent bundle.",
			Fix:      "Publish the version again, or delete the release tag.",
			Scopes:   []Scope{ScopePublished, ScopeChannel, ScopeModule, ScopePromotion},
		},
		{
			Number: RuleVersionFile, Name: "version-file", Severity: Error,
			Requires: "The release image has version.json in its root, by exactly that name, a JSON object with a non-empty string \"version\".",
			Protects: "The controller answers \"metadata malformed: no version found\"; d8 mirror leaves the version out with a debug message only.",
			Fix:      "Write {\"version\":\"<tag>\"} to /version.json in the release image; an empty MODULES_MODULE_TAG at build time is the usual cause.",
			Scopes:   everyContent(),
		},
		{
			Number: RuleVersionIsTag, Name: "version-is-tag", Severity: Error,
			Requires: "version in version.json is the image's own tag, verbatim with its v.",
			Protects: "The documentation site and d8 mirror use the version as the bundle's tag and look for a bundle that does not exist; the controller does not notice and deploys one version under the name of another.",
			Fix:      "Build with MODULES_MODULE_TAG set to the tag that is published, and do not trim its v.",
			Scopes:   []Scope{ScopeImages, ScopePublished, ScopeModule, ScopePromotion},
			Limits:   "A channel names its version only by version.json, so there a wrong one shows as rule 18, 8 or 9.",
		},
		{
			Number: RuleDefinition, Name: "definition", Severity: Error,
			Requires: "The release image has a module.yaml that parses and says the same as the bundle's.",
			Protects: "The controller reads stage, accessibility and requirements from the release image: a module.yaml that does not parse is fatal for the module, a missing one makes the module impossible to enable by bundle and hides all older versions from PackageRepository.",
			Fix:      "Add module.yaml to the release image from the same commit as in the bundle.",
			Scopes:   repositoryToo(),
		},
		{
			Number: RuleChangelog, Name: "changelog", Severity: Warning,
			Requires: "The release image has a changelog.yaml, a YAML map under 4 MiB.",
			Protects: "The ModuleRelease shows no changelog: the controller drops a bad one silently, and the coming remote lint of dmt asks for the file.",
			Fix:      "Add changelog.yaml, a YAML map, to the release image.",
			Scopes:   repositoryToo(),
		},
		{
			Number: RuleMetadataSize, Name: "metadata-size", Severity: Error,
			Requires: "version.json, module.yaml and images_digests.json are at most 4 MiB each.",
			Protects: "The controller answers \"metadata file exceeds 4194304 bytes\" and does not read the image.",
			Fix:      "Make the file smaller.",
			Scopes:   repositoryToo(),
		},
		{
			Number: RuleRequirements, Name: "requirements", Severity: Error,
			Requires: "requirements.deckhouse, .kubernetes and .modules in module.yaml are semver constraints.",
			Protects: "The release stays Pending for ever, because the constraint cannot be evaluated.",
			Fix:      "Write a constraint such as \">= 1.68\"; a module may end with \" !optional\".",
			Scopes:   repositoryToo(),
		},
		{
			Number: RuleStage, Name: "stage", Severity: Warning,
			Requires: "stage in module.yaml is Experimental, Preview, General Availability or Deprecated, and nothing on a release channel is Experimental.",
			Protects: "A cluster without allowExperimentalModules does not enable a module whose version on its channel is Experimental. A cluster that runs an earlier version of another stage upgrades to the Experimental one all the same. dmt refuses other values.",
			Fix:      "Set stage in module.yaml.",
			Scopes:   repositoryToo(),
			Limits:   "Whether a cluster allows experimental modules is decided by its administrator.",
		},
	}
}
