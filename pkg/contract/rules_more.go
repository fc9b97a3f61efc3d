package contract

// moreRules are rules 46 and up: what was learned since the first 45.
func moreRules() []Rule {
	return []Rule{
		{
			Number: RuleDefinitionFields, Name: "definition-fields", Severity: Warning,
			Requires: "The fields of module.yaml are known, weight is 900 to 999 and !optional is not used unless requirements.deckhouse asks for a version that reads them (1.72 and 1.73), a critical module has a weight, and editions and bundles exist.",
			Protects: "A misspelt field, edition or bundle is ignored without a word; an older DKP refuses the module or leaves its release Pending.",
			Fix:      "Correct the field, or raise requirements.deckhouse.",
			Scopes:   repositoryToo(),
		},
		{
			Number: RulePackageFile, Name: "package-file", Severity: Error,
			Requires: "A package.yaml beside module.yaml loads as a module of the same name and asks for the same stage and requirements.",
			Protects: "The package loader prefers package.yaml to module.yaml and does not fall back: a broken one keeps the module from loading, and what it says replaces module.yaml. A difference between the two, and any finding before the build, is a warning.",
			Fix:      "Correct package.yaml, or leave it out of the bundle.",
			Scopes:   repositoryToo(),
		},
		{
			Number: RuleTemplateYAML, Name: "template-yaml", Severity: Error,
			Requires: "Every template renders to valid YAML documents, each a Kubernetes object.",
			Protects: "Helm fails on the first document that it cannot read, and installs nothing of the module in any cluster.",
			Fix:      "Look at what the template renders to: most often the indentation of an included block is wrong.",
			Scopes:   repositoryToo(),
			Limits:   "The templates are rendered with made-up values; what fails with some values only is left to Helm.",
		},
		{
			Number: RuleSignatures, Name: "signatures", Severity: Error,
			Requires: "An image whose manifest carries a signature of delivery-kit has exactly the configuration, layers and annotations that were signed.",
			Protects: "On installations with integrity control containerd refuses to start an image whose signature does not match.",
			Fix:      "Set build.imageSpec in werf.yaml: without it, delivery-kit rewrites the configuration after it has signed. Copy signed images byte for byte, or publish without signing (WERF_SIGN_MANIFEST).",
			Scopes:   everyContent(),
			Limits:   "Who issued the certificate is checked on the nodes, which have the root certificates.",
		},
	}
}
