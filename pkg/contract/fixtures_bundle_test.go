package contract

import (
	"archive/tar"
	"strings"

	"github.com/modship/modship/pkg/module"
)

func bundleFixtures() []fixture {
	return []fixture{
		{25, "missing", Error, []Scope{ScopeRepository}, func(c *content) { c.remove("module.yaml") }, nil},
		{25, "typo", Error, inContent, func(c *content) { rename(c.bundle, "module.yaml", "modules.yaml") }, nil},
		{26, "missing", Error, inContent, func(c *content) { c.digests = nil }, nil},
		{26, "missing without templates", Warning, inContent, func(c *content) {
			c.digests = nil
			c.set("templates/deployment.yaml", "image: nginx\n")
		}, nil},
		{26, "missing, computed name", Error, inContent, func(c *content) {
			c.digests = nil
			c.set("templates/deployment.yaml", `image: {{ include "helm_lib_module_image" (list . .Values.echo.image) }}`)
		}, func(w *world, _ Scope) { w.opts.Render = computesEcho }},
		{26, "missing, image of another module", Warning, inContent, func(c *content) {
			c.digests = nil
			c.set("templates/deployment.yaml", `image: {{ include "helm_lib_module_image" (list . "kubeRbacProxy" "common") }}`)
		}, nil},
		{26, "nested", Error, inContent, func(c *content) {
			c.digests = nil
			c.set("images_digests.json", `{"echo":{"echo":"sha256:1"}}`)
		}, nil},
		{26, "not a digest", Error, inContent, func(c *content) {
			c.digests = nil
			c.set("images_digests.json", `{"echo":"v1.2.3"}`)
		}, nil},
		{27, "underscore", Error, inContent, func(c *content) { c.digests["web_server"] = c.digests["echo"] }, nil},
		{27, "kebab case", Error, inContent, func(c *content) { c.digests["web-server"] = c.digests["echo"] }, nil},
		{27, "twice", Error, inContent, func(c *content) {
			digest := c.digests["echo"]
			c.digests = nil
			c.set("images_digests.json", `{"echo":"`+digest+`","echo":"`+digest+`"}`)
		}, nil},
		{27, "same segment", Error, []Scope{ScopeRepository}, nil, func(w *world, _ Scope) { w.images = []string{"a/echo", "b/echo"} }},
		{27, "underscore in the name", Error, []Scope{ScopeRepository}, nil, func(w *world, _ Scope) { w.images = []string{"echo", "a__b"} }},
		{29, "gone", Error, []Scope{ScopeImages, ScopePublished, ScopeChannel, ScopePromotion}, nil, func(w *world, _ Scope) {
			delete(w.reg.images[echo.BundleRepo()], w.subject.digests["webHooks"])
		}},
		{30, "image", Error, inContent, func(c *content) { c.digests["echo"] = c.arm }, nil},
		{30, "image without platform", Error, inContent, func(c *content) { c.digests["echo"] = c.bare }, nil},
		{30, "bundle", Error, inContent, func(c *content) { c.platforms = []string{"linux/arm64", "windows/amd64"} }, nil},
		{30, "plain bundle", Warning, inContent, func(c *content) { c.platforms = []string{"linux/arm64"} }, nil},
		{30, "bundle without platform", Warning, inContent, func(c *content) { c.platforms = []string{"unknown"} }, nil},
		{30, "index of another platform", Error, inContent, func(c *content) { c.platforms, c.index = []string{"linux/arm64"}, true }, nil},
		{30, "empty index", Error, inContent, func(c *content) { c.platforms, c.index = nil, true }, nil},
		{31, "two dots", Error, inRepository, func(c *content) { c.set("docs/a..b.md", "text") }, nil},
		{32, "symlink", Warning, inRepository, func(c *content) { c.link("docs/README_RU.md", tar.TypeSymlink, "README.md") }, nil},
		{32, "pipe", Error, inRepository, func(c *content) { c.link("docs/pipe", tar.TypeFifo, "") }, nil},
		{32, "hard link to a later entry", Error, inContent, func(c *content) {
			c.link("docs/a.md", tar.TypeLink, "docs/b.md")
			c.set("docs/b.md", "text")
		}, nil},
		{33, "missing", Error, inContent, func(c *content) { c.set("crds/echo.yaml", "kind: CustomResourceDefinition\n") }, nil},
		{33, "late", Error, inContent, func(c *content) {
			c.set("crds/echo.yaml", "kind: CustomResourceDefinition\n")
			c.dir("crds")
		}, nil},
		{34, "script", Error, inRepository, func(c *content) { c.mode("hooks/start.sh", 0o655) }, nil},
		{34, "binary", Error, inRepository, func(c *content) { c.set("hooks/go", "\x7fELF....") }, nil},
		{34, "enabled", Error, inRepository, func(c *content) { c.set("enabled", "#!/bin/sh\n") }, nil},
		{35, "not YAML", Error, inRepository, func(c *content) { c.set("openapi/values.yaml", "a: [\n") }, nil},
		{35, "wrong type", Error, inRepository, func(c *content) { c.set("openapi/values.yaml", "properties: [a]\n") }, nil},
		{35, "required", Error, inRepository, func(c *content) { c.set("openapi/values.yaml", "properties: {a: {required: true}}\n") }, nil},
		{35, "absent definition", Error, inRepository, func(c *content) { c.set("openapi/values.yaml", "properties: {a: {$ref: '#/definitions/a'}}\n") }, nil},
		{35, "remote definition", Warning, inRepository, func(c *content) {
			c.set("openapi/values.yaml", "properties: {a: {$ref: 'http://127.0.0.1:1/a.yaml'}}\n")
		}, nil},
		{35, "registry setting", Error, inRepository, func(c *content) {
			c.set("openapi/config-values.yaml", "x-config-version: 2\nproperties: {registry: {type: string}}\n")
		}, nil},
		{35, "registry field", Warning, inRepository, func(c *content) {
			c.set("openapi/values.yaml", "properties: {registry: {properties: {mirror: {type: string}}}}\n")
		}, nil},
		{36, "gap", Error, inRepository, conversion("v4", "version: 4\nconversions: [del(.old)]\n"), nil},
		{36, "other number", Error, inRepository, conversion("v2", "version: 3\nconversions: [del(.old)]\n"), nil},
		{36, "no conversions", Error, inRepository, conversion("v2", "version: 2\n"), nil},
		{36, "empty conversion", Error, inRepository, conversion("v2", "version: 2\nconversions: [\"\"]\n"), nil},
		{36, "conversion is a map", Error, inRepository, conversion("v2", "version: 2\nconversions: [{del: old}]\n"), nil},
		{36, "first version", Warning, inRepository, conversion("v1", "version: 1\n"), nil},
		{36, "leading zero", Warning, inRepository, func(c *content) { rename(c.bundle, "openapi/conversions/v2.yaml", "openapi/conversions/v02.yaml") }, nil},
		{36, "in a folder", Warning, inRepository, func(c *content) {
			c.dir("openapi/conversions/old")
			conversion("old/v3", "version: 3\n")(c)
		}, nil},
		{36, "config version without conversions", Error, inRepository, func(c *content) { c.remove("openapi/conversions") }, nil},
		{36, "no config values", Warning, inRepository, func(c *content) { c.remove("openapi/config-values.yaml") }, nil},
		{36, "not YAML", Error, inRepository, func(c *content) { c.set("openapi/conversions/v2.yaml", "version: [\n") }, nil},
		{36, "config version", Error, inRepository, func(c *content) { c.set("openapi/config-values.yaml", "type: object\n") }, nil},
		{36, "config version is text", Error, inRepository, func(c *content) { c.set("openapi/config-values.yaml", "x-config-version: two\n") }, nil},
		{36, "name", Warning, inRepository, func(c *content) { c.set("openapi/conversions/2.yaml", "version: 2\n") }, nil},
		{37, "missing", Warning, inRepository, func(c *content) { c.remove(".helmignore") }, nil},
		{37, "docs", Warning, inRepository, func(c *content) { c.set(".helmignore", "crds\nhooks\nimages\nopenapi\n") }, nil},
		{37, "dot slash", Warning, inRepository, func(c *content) { c.set(".helmignore", "crds\n./docs\nhooks\nimages\nopenapi\n") }, nil},
		{37, "double star", Error, inRepository, func(c *content) { c.set(".helmignore", "crds\ndocs/**\nhooks\nimages\nopenapi\n") }, nil},
		{37, "no pattern", Error, inRepository, func(c *content) { c.set(".helmignore", "crds\ndocs\nhooks\nimages\nopenapi\n[\n") }, nil},
		{37, "large", Warning, inRepository, func(c *content) { c.set("templates/large.yaml", strings.Repeat("#", maxChartBytes)) }, nil},
		{38, "not an object", Error, inRepository, func(c *content) { c.set("extra_images.json", `["a"]`) }, nil},
		{38, "invalid tag", Error, inRepository, func(c *content) { c.set("extra_images.json", `{"scanner":"a b"}`) }, nil},
		{38, "name with a space", Error, inRepository, func(c *content) { c.set("extra_images.json", `{"scanner x":"v1"}`) }, nil},
		{38, "name in upper case", Error, inRepository, func(c *content) { c.set("extra_images.json", `{"Scanner":"v1"}`) }, nil},
		{38, "name with a tag", Error, inRepository, func(c *content) { c.set("extra_images.json", `{"scanner:v1":true}`) }, nil},
		{38, "empty name", Error, inRepository, func(c *content) { c.set("extra_images.json", `{"":"v1"}`) }, nil},
		{38, "long name", Error, inRepository, func(c *content) { c.set("extra_images.json", `{"`+strings.Repeat("a", 300)+`":"v1"}`) }, nil},
		{38, "too large", Warning, inRepository, func(c *content) {
			c.set("extra_images.json", `{"a":true}`+strings.Repeat(" ", module.MaxMetadataSize))
			c.set(".helmignore", "*.json\ndocs\nhooks\nopenapi\n")
		}, nil},
		{38, "other type", Warning, inRepository, func(c *content) { c.set("extra_images.json", `{"scanner":true}`) }, nil},
		{38, "does not exist", Warning, inContent, func(c *content) { c.set("extra_images.json", `{"scanner":1.20}`) }, nil},
		{39, "no chart", Warning, inRepository, func(c *content) {
			c.remove("Chart.yaml")
			c.remove("templates")
		}, nil},
		{40, "missing", Warning, inRepository, func(c *content) { c.remove("docs/README.md") }, nil},
		{40, "empty", Warning, inRepository, func(c *content) { c.set("docs/README.md", " \n") }, nil},
	}
}

func templateFixtures() []fixture {
	use := func(text string) func(*content) {
		return func(c *content) { c.set("templates/more.yaml", text) }
	}
	return []fixture{
		{28, "kebab name", Error, inRepository, use(`{{ include "helm_lib_module_image" (list . "web-hooks") }}`), nil},
		{28, "digest", Error, inRepository, use(`{{ include "helm_lib_module_image_digest" (list . "absent") | quote }}`), nil},
		{28, "variable", Error, inRepository, use(`{{ $name := "echo" }}{{ if .x }}{{ $name = "absent" }}{{ end }}{{ include "helm_lib_module_image" (list $ $name) }}`), nil},
		{28, "piped", Error, inRepository, use(`{{ tuple . "absent" | include "helm_lib_module_image" }}`), nil},
		{28, "own name as argument", Error, inRepository, use(`{{ include "helm_lib_module_image" (list . "absent" "echo") }}`), nil},
		{28, "template statement", Error, inRepository, use(`{{ template "helm_lib_module_image" (list . "absent") }}`), nil},
		{28, "unpacked library", Warning, inRepository, func(c *content) {
			for _, dir := range []string{"charts", "charts/lib", "charts/lib/templates"} {
				c.dir(dir)
			}
			c.set("charts/lib/templates/_l.tpl", `{{ define "lib" }}{{ include "helm_lib_module_image" (list . "absent") }}{{ end }}`)
			use(`{{ include "lib" . }}`)(c)
		}, nil},
		{28, "broken template", Error, inRepository, use(`{{ if }}`), nil},
	}
}

// conversion returns a change of a conversion.
func conversion(name, data string) func(*content) {
	return func(c *content) { c.set("openapi/conversions/"+name+".yaml", data) }
}
