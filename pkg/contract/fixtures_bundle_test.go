package contract

import (
	"archive/tar"
	"strings"

	"github.com/modship/modship/pkg/module"
)

func bundleFixtures() []fixture {
	return []fixture{
		{RuleBundleDefinition, "missing", Error, []Scope{ScopeRepository}, func(c *content) { c.remove("module.yaml") }, nil},
		{RuleBundleDefinition, "typo", Error, inContent, func(c *content) { rename(c.bundle, "module.yaml", "modules.yaml") }, nil},
		{RuleDigestsFile, "missing", Error, inContent, func(c *content) { c.digests = nil }, nil},
		{RuleDigestsFile, "missing without templates", Warning, inContent, func(c *content) {
			c.digests = nil
			c.set("templates/deployment.yaml", "image: nginx\n")
		}, nil},
		{RuleDigestsFile, "missing, computed name", Error, inContent, func(c *content) {
			c.digests = nil
			c.set("templates/deployment.yaml", `image: {{ include "helm_lib_module_image" (list . .Values.echo.image) }}`)
		}, func(w *world, _ Scope) { w.opts.Render = computesEcho }},
		{RuleDigestsFile, "missing, image of another module", Warning, inContent, func(c *content) {
			c.digests = nil
			c.set("templates/deployment.yaml", `image: {{ include "helm_lib_module_image" (list . "kubeRbacProxy" "common") }}`)
		}, nil},
		{RuleDigestsFile, "nested", Error, inContent, func(c *content) {
			c.digests = nil
			c.set("images_digests.json", `{"echo":{"echo":"sha256:1"}}`)
		}, nil},
		{RuleDigestsFile, "not a digest", Error, inContent, func(c *content) {
			c.digests = nil
			c.set("images_digests.json", `{"echo":"v1.2.3"}`)
		}, nil},
		{RuleDigestKeys, "underscore", Error, inContent, func(c *content) { c.digests["web_server"] = c.digests["echo"] }, nil},
		{RuleDigestKeys, "kebab case", Error, inContent, func(c *content) { c.digests["web-server"] = c.digests["echo"] }, nil},
		{RuleDigestKeys, "twice", Error, inContent, func(c *content) {
			digest := c.digests["echo"]
			c.digests = nil
			c.set("images_digests.json", `{"echo":"`+digest+`","echo":"`+digest+`"}`)
		}, nil},
		{RuleDigestKeys, "same segment", Error, []Scope{ScopeRepository}, nil, func(w *world, _ Scope) { w.images = []string{"a/echo", "b/echo"} }},
		{RuleDigestKeys, "underscore in the name", Error, []Scope{ScopeRepository}, nil, func(w *world, _ Scope) { w.images = []string{"echo", "a__b"} }},
		{RuleDigestsPresent, "gone", Error, []Scope{ScopeImages, ScopePublished, ScopeChannel, ScopePromotion}, nil, func(w *world, _ Scope) {
			delete(w.reg.images[echo.BundleRepo()], w.subject.digests["webHooks"])
		}},
		{RuleDigestsPresent, "a layer", Error, []Scope{ScopePublished, ScopeChannel, ScopePromotion}, nil, func(w *world, _ Scope) {
			w.opts.Blobs = true
			w.reg.lost[w.subject.digests["echo"]] = []string{"sha256:layer"}
		}},
		{RulePlatform, "image", Error, inContent, func(c *content) { c.digests["echo"] = c.arm }, nil},
		{RulePlatform, "image without platform", Error, inContent, func(c *content) { c.digests["echo"] = c.bare }, nil},
		{RulePlatform, "bundle", Error, inContent, func(c *content) { c.platforms = []string{"linux/arm64", "windows/amd64"} }, nil},
		{RulePlatform, "plain bundle", Warning, inContent, func(c *content) { c.platforms = []string{"linux/arm64"} }, nil},
		{RulePlatform, "bundle without platform", Warning, inContent, func(c *content) { c.platforms = []string{"unknown"} }, nil},
		{RulePlatform, "index of another platform", Error, inContent, func(c *content) { c.platforms, c.index = []string{"linux/arm64"}, true }, nil},
		{RulePlatform, "empty index", Error, inContent, func(c *content) { c.platforms, c.index = nil, true }, nil},
		{RuleNoDotDot, "two dots", Error, inRepository, func(c *content) { c.set("docs/a..b.md", "text") }, nil},
		{RuleEntryTypes, "symlink", Warning, inRepository, func(c *content) { c.link("docs/README_RU.md", tar.TypeSymlink, "README.md") }, nil},
		{RuleEntryTypes, "pipe", Error, inRepository, func(c *content) { c.link("docs/pipe", tar.TypeFifo, "") }, nil},
		{RuleEntryTypes, "hard link to a later entry", Error, inContent, func(c *content) {
			c.link("docs/a.md", tar.TypeLink, "docs/b.md")
			c.set("docs/b.md", "text")
		}, nil},
		{RuleDirectoryEntries, "missing", Error, inContent, func(c *content) { c.set("crds/echo.yaml", "kind: CustomResourceDefinition\n") }, nil},
		{RuleDirectoryEntries, "late", Error, inContent, func(c *content) {
			c.set("crds/echo.yaml", "kind: CustomResourceDefinition\n")
			c.dir("crds")
		}, nil},
		{RuleHooksExecutable, "script", Error, inRepository, func(c *content) { c.mode("hooks/start.sh", 0o655) }, nil},
		{RuleHooksExecutable, "binary", Error, inRepository, func(c *content) { c.set("hooks/go", "\x7fELF....") }, nil},
		{RuleHooksExecutable, "enabled", Error, inRepository, func(c *content) { c.set("enabled", "#!/bin/sh\n") }, nil},
		{RuleOpenAPI, "not YAML", Error, inRepository, func(c *content) { c.set("openapi/values.yaml", "a: [\n") }, nil},
		{RuleOpenAPI, "wrong type", Error, inRepository, func(c *content) { c.set("openapi/values.yaml", "properties: [a]\n") }, nil},
		{RuleOpenAPI, "required", Error, inRepository, func(c *content) { c.set("openapi/values.yaml", "properties: {a: {required: true}}\n") }, nil},
		{RuleOpenAPI, "absent definition", Error, inRepository, func(c *content) { c.set("openapi/values.yaml", "properties: {a: {$ref: '#/definitions/a'}}\n") }, nil},
		{RuleOpenAPI, "remote definition", Warning, inRepository, func(c *content) {
			c.set("openapi/values.yaml", "properties: {a: {$ref: 'http://127.0.0.1:1/a.yaml'}}\n")
		}, nil},
		{RuleOpenAPI, "registry setting", Error, inRepository, func(c *content) {
			c.set("openapi/config-values.yaml", "x-config-version: 2\nproperties: {registry: {type: string}}\n")
		}, nil},
		{RuleOpenAPI, "registry field", Warning, inRepository, func(c *content) {
			c.set("openapi/values.yaml", "properties: {registry: {properties: {mirror: {type: string}}}}\n")
		}, nil},
		{RuleConversions, "gap", Error, inRepository, conversion("v4", "version: 4\nconversions: [del(.old)]\n"), nil},
		{RuleConversions, "other number", Error, inRepository, conversion("v2", "version: 3\nconversions: [del(.old)]\n"), nil},
		{RuleConversions, "property the schema lacks", Error, inRepository, conversion("v2", "version: 2\nconversions: [.new = .old | del(.old)]\n"), nil},
		{RuleConversions, "no conversions", Error, inRepository, conversion("v2", "version: 2\n"), nil},
		{RuleConversions, "empty conversion", Error, inRepository, conversion("v2", "version: 2\nconversions: [\"\"]\n"), nil},
		{RuleConversions, "conversion is a map", Error, inRepository, conversion("v2", "version: 2\nconversions: [{del: old}]\n"), nil},
		{RuleConversions, "first version", Warning, inRepository, conversion("v1", "version: 1\n"), nil},
		{RuleConversions, "leading zero", Warning, inRepository, func(c *content) { rename(c.bundle, "openapi/conversions/v2.yaml", "openapi/conversions/v02.yaml") }, nil},
		{RuleConversions, "in a folder", Warning, inRepository, func(c *content) {
			c.dir("openapi/conversions/old")
			conversion("old/v3", "version: 3\n")(c)
		}, nil},
		{RuleConversions, "config version without conversions", Error, inRepository, func(c *content) { c.remove("openapi/conversions") }, nil},
		{RuleConversions, "no config values", Warning, inRepository, func(c *content) { c.remove("openapi/config-values.yaml") }, nil},
		{RuleConversions, "not YAML", Error, inRepository, func(c *content) { c.set("openapi/conversions/v2.yaml", "version: [\n") }, nil},
		{RuleConversions, "config version", Error, inRepository, func(c *content) { c.set("openapi/config-values.yaml", "type: object\n") }, nil},
		{RuleConversions, "config version is text", Error, inRepository, func(c *content) { c.set("openapi/config-values.yaml", "x-config-version: two\n") }, nil},
		{RuleConversions, "name", Warning, inRepository, func(c *content) { c.set("openapi/conversions/2.yaml", "version: 2\n") }, nil},
		{RuleHelmignore, "missing", Warning, inRepository, func(c *content) { c.remove(".helmignore") }, nil},
		{RuleHelmignore, "docs", Warning, inRepository, func(c *content) { c.set(".helmignore", "crds\nhooks\nimages\nopenapi\n") }, nil},
		{RuleHelmignore, "dot slash", Warning, inRepository, func(c *content) { c.set(".helmignore", "crds\n./docs\nhooks\nimages\nopenapi\n") }, nil},
		{RuleHelmignore, "double star", Error, inRepository, func(c *content) { c.set(".helmignore", "crds\ndocs/**\nhooks\nimages\nopenapi\n") }, nil},
		{RuleHelmignore, "no pattern", Error, inRepository, func(c *content) { c.set(".helmignore", "crds\ndocs\nhooks\nimages\nopenapi\n[\n") }, nil},
		{RuleHelmignore, "large", Warning, inRepository, func(c *content) { c.set("templates/large.yaml", strings.Repeat("#", maxChartBytes)) }, nil},
		{RuleExtraImages, "not an object", Error, inRepository, func(c *content) { c.set("extra_images.json", `["a"]`) }, nil},
		{RuleExtraImages, "invalid tag", Error, inRepository, func(c *content) { c.set("extra_images.json", `{"scanner":"a b"}`) }, nil},
		{RuleExtraImages, "name with a space", Error, inRepository, func(c *content) { c.set("extra_images.json", `{"scanner x":"v1"}`) }, nil},
		{RuleExtraImages, "name in upper case", Error, inRepository, func(c *content) { c.set("extra_images.json", `{"Scanner":"v1"}`) }, nil},
		{RuleExtraImages, "name with a tag", Error, inRepository, func(c *content) { c.set("extra_images.json", `{"scanner:v1":true}`) }, nil},
		{RuleExtraImages, "empty name", Error, inRepository, func(c *content) { c.set("extra_images.json", `{"":"v1"}`) }, nil},
		{RuleExtraImages, "long name", Error, inRepository, func(c *content) { c.set("extra_images.json", `{"`+strings.Repeat("a", 300)+`":"v1"}`) }, nil},
		{RuleExtraImages, "too large", Warning, inRepository, func(c *content) {
			c.set("extra_images.json", `{"a":true}`+strings.Repeat(" ", module.MaxMetadataSize))
			c.set(".helmignore", "*.json\ndocs\nhooks\nopenapi\n")
		}, nil},
		{RuleExtraImages, "other type", Warning, inRepository, func(c *content) { c.set("extra_images.json", `{"scanner":true}`) }, nil},
		{RuleExtraImages, "does not exist", Error, []Scope{ScopeImages}, func(c *content) { c.set("extra_images.json", `{"scanner":"v7"}`) }, nil},
		{RuleExtraImages, "does not exist, published", Warning, inPublished, func(c *content) { c.set("extra_images.json", `{"scanner":1.20}`) }, nil},
		{RuleChart, "no chart", Warning, inRepository, func(c *content) {
			c.remove("Chart.yaml")
			c.remove("templates")
		}, nil},
		{RuleDocs, "missing", Warning, inRepository, func(c *content) { c.remove("docs/README.md") }, nil},
		{RuleDocs, "empty", Warning, inRepository, func(c *content) { c.set("docs/README.md", " \n") }, nil},
	}
}

func templateFixtures() []fixture {
	use := func(text string) func(*content) {
		return func(c *content) { c.set("templates/more.yaml", text) }
	}
	return []fixture{
		{RuleTemplateImages, "kebab name", Error, inRepository, use(`{{ include "helm_lib_module_image" (list . "web-hooks") }}`), nil},
		{RuleTemplateImages, "digest", Error, inRepository, use(`{{ include "helm_lib_module_image_digest" (list . "absent") | quote }}`), nil},
		{RuleTemplateImages, "variable", Error, inRepository, use(`{{ $name := "echo" }}{{ if .x }}{{ $name = "absent" }}{{ end }}{{ include "helm_lib_module_image" (list $ $name) }}`), nil},
		{RuleTemplateImages, "piped", Error, inRepository, use(`{{ tuple . "absent" | include "helm_lib_module_image" }}`), nil},
		{RuleTemplateImages, "own name as argument", Error, inRepository, use(`{{ include "helm_lib_module_image" (list . "absent" "echo") }}`), nil},
		{RuleTemplateImages, "template statement", Error, inRepository, use(`{{ template "helm_lib_module_image" (list . "absent") }}`), nil},
		{RuleTemplateImages, "unpacked library", Warning, inRepository, func(c *content) {
			for _, dir := range []string{"charts", "charts/lib", "charts/lib/templates"} {
				c.dir(dir)
			}
			c.set("charts/lib/templates/_l.tpl", `{{ define "lib" }}{{ include "helm_lib_module_image" (list . "absent") }}{{ end }}`)
			use(`{{ include "lib" . }}`)(c)
		}, nil},
		{RuleTemplateImages, "broken template", Error, inRepository, use(`{{ if }}`), nil},
	}
}

// conversion returns a change of a conversion.
func conversion(name, data string) func(*content) {
	return func(c *content) { c.set("openapi/conversions/"+name+".yaml", data) }
}
