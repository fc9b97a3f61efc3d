package contract

// nameRules are rules 1 to 7: names and layout.
func nameRules() []Rule {
	return []Rule{
		{
			Number: RuleRegistrationTag, Name: "registration-tag", Severity: Error,
			Requires: "The registration tag <source>:<name> exists.",
			Protects: "The ModuleSource controller and d8 mirror find modules only by listing the tags of the source: without it the module does not exist in any cluster and is left out of every mirror, without an error.",
			Fix:      "Publish again: the registration tag is written after the bundle.",
			Scopes:   publishedState(),
		},
		{
			Number: RuleModuleName, Name: "module-name", Severity: Error,
			Requires: "The module name is an RFC 1123 name of at most 64 characters and not \"modules\".",
			Protects: "The ModuleSource controller skips every other tag of the source: the module never appears.",
			Fix:      "Rename the module: lower case letters, digits and dashes between them.",
			Scopes:   repositoryToo(),
		},
		{
			Number: RuleModuleNameCasing, Name: "module-name-casing", Severity: Error,
			Requires: "The module name comes back from its camel case form, and the libraries that make keys of it agree on them.",
			Protects: "The controller refuses to load a module whose name is not restored from its values key. Where the digests hook and lib-helm disagree on digits, every image of the module \"has no digest\" or is looked for in a repository that does not exist.",
			Fix:      "Rename the module so that every dash is followed by a letter, and no digit stands between letters of one word.",
			Scopes:   repositoryToo(),
		},
		{
			Number: RuleSourceTags, Name: "source-tags", Severity: Warning,
			Requires: "The module source holds nothing but registration tags, and fewer than 1500 of them.",
			Protects: "The ModuleSource controller takes every tag of the source for a module: others become phantom modules with errors in the ModuleSource status. Above 1500 it drops names before sorting, so modules vanish at random.",
			Fix:      "Delete tags that are not module names from the module source.",
			Scopes:   []Scope{ScopeModule},
		},
		{
			Number: RuleSameName, Name: "same-name", Severity: Error,
			Requires: "name in module.yaml, and in Chart.yaml if there is one, is the module name.",
			Protects: "The controller loads the module under another name than it was registered with; lib-helm looks its images up by Chart.yaml's name and finds no digests.",
			Fix:      "Write the module name into module.yaml and Chart.yaml, or publish under the name they have.",
			Scopes:   repositoryToo(),
		},
		{
			Number: RuleVersionTag, Name: "version-tag", Severity: Error,
			Requires: "What may reach a release channel has a canonical version tag vX.Y.Z: no prerelease, no build metadata, no leading zero.",
			Protects: "The release fetcher answers \"pre-release versions are not supported\", or never finds the bundle because it rebuilds the tag from the parsed version.",
			Fix:      "Publish and promote a tag of the form vX.Y.Z.",
			Scopes:   []Scope{ScopeRepository, ScopeImages, ScopeChannel, ScopeModule, ScopePromotion},
		},
		{
			Number: RuleDevTag, Name: "dev-tag", Severity: Error,
			Requires: "A dev build has no tag that reads as a version; the controller's own pattern has unescaped dots, so v1-2-3 and v12345 read as one too.",
			Protects: "The release fetcher takes every such tag of the bundle repository for an upgrade step and installs it in production clusters on the way to a newer version. Numbers that only d8 mirror and PackageRepository read as versions (1.2.3, v1.2) are refused before publishing and a warning afterwards; prereleases (v1.2.3-rc.1), which PackageRepository lists, are a warning.",
			Fix:      "Give dev builds a tag made from the branch, and delete tags of this kind.",
			Scopes:   []Scope{ScopeRepository, ScopeImages, ScopePublished, ScopeModule},
		},
	}
}
