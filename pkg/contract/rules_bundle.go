package contract

// bundleRules are rules 25 to 40: the bundle.
func bundleRules() []Rule {
	return append(bundleFileRules(), bundleContentRules()...)
}

func bundleFileRules() []Rule {
	return []Rule{
		{
			Number: RuleBundleDefinition, Name: "bundle-definition", Severity: Error,
			Requires: "The bundle has module.yaml (or package.yaml) in its root.",
			Protects: "The package loader does not load a module without it.",
			Fix:      "Add module.yaml to the bundle; includePaths: modules.yaml is a common typo.",
			Scopes:   repositoryToo(),
		},
		{
			Number: RuleDigestsFile, Name: "digests-file", Severity: Error,
			Requires: "The bundle has images_digests.json in its root, by exactly that name, a flat JSON object from image key to sha256:<64 hex>.",
			Protects: "The controller and dhctl cannot decode it, the digests do not reach the values, and every template that names an image fails; d8 mirror copies no images.",
			Fix:      "Make the file from the ImageDigest values of the final images and import it into the bundle.",
			Scopes:   everyContent(),
		},
		{
			Number: RuleDigestKeys, Name: "digest-keys", Severity: Error,
			Requires: "Each key is the last path segment of its image name in lower camel case, without _, and no two images have the same key.",
			Protects: "Templates look the key up in lower camel case and fail with \"has no digest\"; of two images with one key, one is lost.",
			Fix:      "Rename the image.",
			Scopes:   repositoryToo(),
		},
		{
			Number: RuleTemplateImages, Name: "template-images", Severity: Error,
			Requires: "Every name that templates and the lib-helm chart give to helm_lib_module_image, written down or computed, and every digest that templates take from the values, has a key in images_digests.json.",
			Protects: "Helm fails with \"Image <module>.<name> has no digest\" in the cluster.",
			Fix:      "Correct the name in the template, or build an image of that name.",
			Scopes:   repositoryToo(),
			Limits:   "Names that a template computes are found by rendering it with made-up values, once with the defaults and once with everything set. A name made of values that only a cluster has, and templates that do not render here, are left to Helm.",
		},
		{
			Number: RuleDigestsPresent, Name: "digests-present", Severity: Error,
			Requires: "Every digest in images_digests.json is an image of the repository <source>/<name>, with its layers and its configuration.",
			Protects: "The kubelet cannot pull the image; d8 mirror gives up the whole set of images of the version with a debug message only.",
			Fix:      "Build with <source>/<name> as the repository, or copy the images there.",
			Scopes:   []Scope{ScopeImages, ScopePublished, ScopeChannel, ScopePromotion},
		},
		{
			Number: RulePlatform, Name: "platform", Severity: Error,
			Requires: "Bundle, release image and every image of images_digests.json are linux/amd64 or an index that has it.",
			Protects: "The controller and the nodes take linux/amd64: an index without it cannot be read, another architecture does not start. A bundle or release image that is no index is read whatever its config says (a warning here).",
			Fix:      "Build for linux/amd64 (WERF_PLATFORM).",
			Scopes:   everyContent(),
		},
		{
			Number: RuleNoDotDot, Name: "no-dot-dot", Severity: Error,
			Requires: "No path in the bundle contains two dots in a row, not even as in a..b.",
			Protects: "The controller takes it for path traversal and refuses the whole bundle.",
			Fix:      "Rename the file.",
			Scopes:   repositoryToo(),
		},
		{
			Number: RuleEntryTypes, Name: "entry-types", Severity: Error,
			Requires: "The bundle holds directories, files and hard links to earlier files: no symbolic links, no special files.",
			Protects: "The controller fails with \"unknown tar type\" on special files and silently drops symbolic links (the latter is a warning here).",
			Fix:      "Ship copies instead of links, and no device files or sockets.",
			Scopes:   repositoryToo(),
		},
		{
			Number: RuleDirectoryEntries, Name: "directory-entries", Severity: Error,
			Requires: "Each directory of the bundle has an entry ahead of its files: its own, or that of a directory below it.",
			Protects: "The controller creates parents for directories, but not for files: \"create file: no such file or directory\". What is below a symbolic link has no directory, because the link is dropped.",
			Fix:      "Add the files with a tool that writes directory entries (werf's git mappings and imports do).",
			Scopes:   everyContent(),
		},
	}
}

func bundleContentRules() []Rule {
	return []Rule{
		{
			Number: RuleHooksExecutable, Name: "hooks-executable", Severity: Error,
			Requires: "Hooks, and the enabled script, have the execute bit of the user.",
			Protects: "The controller keeps only the user's bits of the mode and runs what is executable: other hooks are silently ignored.",
			Fix:      "Set the bit in the commit (git update-index --chmod=+x FILE). A change of the bit alone does not change werf's digest: also change the file, or set or raise fromCacheVersion of the image that adds it in werf.yaml.",
			Scopes:   repositoryToo(),
		},
		{
			Number: RuleOpenAPI, Name: "openapi", Severity: Error,
			Requires: "openapi/config-values.yaml and values.yaml load as schemas, and the module does not define the property registry for itself.",
			Protects: "The release is Suspended with \"validation failed\"; registry is overwritten by Deckhouse with the registry's address and credentials.",
			Fix:      "Correct the schema; name the property otherwise.",
			Scopes:   repositoryToo(),
			Limits:   "Whether the settings of a cluster satisfy the schema is validated there by the controller.",
		},
		{
			Number: RuleConversions, Name: "conversions", Severity: Error,
			Requires: "openapi/conversions holds v2.yaml, v3.yaml … without a gap, each with its own number as version and a list of jq expressions, the last equal to x-config-version; the schema has the properties that they set.",
			Protects: "The controller cannot convert the settings of clusters that come from an older version, or refuses settings of the version that the schema says.",
			Fix:      "Number the conversions from 2 without a gap, set x-config-version to the last, and give the schema every property that they set.",
			Scopes:   repositoryToo(),
			Limits:   "Of the properties that jq expressions set, only those set by a plain assignment are known; what else an expression does is seen only when the controller runs it.",
		},
		{
			Number: RuleHelmignore, Name: "helmignore", Severity: Warning,
			Requires: ".helmignore has only patterns that Helm accepts (no **), excludes crds, images, hooks, openapi and docs, and what is left is under 1 MB.",
			Protects: "Helm stores the chart in a Secret of at most 1 MB: above that the release cannot be installed. With a pattern that it does not accept, Helm does not load the chart (an error here).",
			Fix:      "List the directories in .helmignore by their names: crds, docs, hooks, images, openapi.",
			Scopes:   repositoryToo(),
			Limits:   "The size that counts is that of the compressed release with its rendered manifests, known only in the cluster; here the chart's files are added up.",
		},
		{
			Number: RuleExtraImages, Name: "extra-images", Severity: Error,
			Requires: "extra_images.json, if there is one, maps names to tags (string or number), each name can be part of a repository, and each <name>/extra/<extra>:<tag> exists.",
			Protects: "d8 mirror fails on a file it cannot decode; a tag of another type it leaves out (a warning here), and a missing image too: that is refused before publishing, because the version could never be copied, and a warning afterwards.",
			Fix:      "Correct the file, and push the extra images before the bundle. With this rule waived, the version is published and copied without them.",
			Scopes:   repositoryToo(),
		},
		{
			Number: RuleChart, Name: "chart", Severity: Warning,
			Requires: "The bundle has Chart.yaml or templates/, if the module deploys anything.",
			Protects: "Without both, addon-operator does not treat the module as a chart and deploys nothing.",
			Fix:      "Add templates/ to the bundle; waive this rule for a module that has only hooks or CRDs.",
			Scopes:   repositoryToo(),
			Limits:   "Whether the module is meant to deploy anything is its author's decision.",
		},
		{
			Number: RuleDocs, Name: "docs", Severity: Warning,
			Requires: "docs/README.md exists and is not empty.",
			Protects: "The documentation site does not show the module.",
			Fix:      "Write docs/README.md (and README_RU.md).",
			Scopes:   repositoryToo(),
		},
	}
}
