package contract

import (
	"fmt"
	"maps"
	"slices"

	"github.com/modship/modship/pkg/contract/internal/artifact"
	"github.com/modship/modship/pkg/contract/internal/templates"
	"github.com/modship/modship/pkg/module"
)

// checkTemplates checks the part of rule 28 that needs no images: Helm can parse
// each template.
func (c *checker) checkTemplates(t *artifact.Tree, calls templates.Calls) {
	for _, file := range slices.Sorted(maps.Keys(calls.Broken)) {
		c.add(Violation{
			Severity: Error, Rule: RuleTemplateImages, Artifact: t.At(file), Fix: "Correct the syntax of the template.",
			Message: fmt.Sprintf("%s is not a valid template, so Helm cannot render it: %v", file, calls.Broken[file]),
		})
	}
}

// checkImageCalls checks rule 28: each named image has a key. Calls inside
// lib-helm are warnings, because the library may guard them in ways that only
// rendering shows.
func (c *checker) checkImageCalls(t *artifact.Tree, calls templates.Calls, name string, keys map[string]bool) {
	for _, call := range calls.Names {
		if !call.Of(name) || keys[call.Key] {
			continue
		}
		report := c.report
		if !call.Own {
			report = c.warn
		}
		verb := "names"
		if call.Rendered {
			verb = "looks up"
		}
		report(RuleTemplateImages, t.At(call.File), "%s %s the image %q, which has no key in images_digests.json%s", call.File, verb, call.Key, nearKey(call.Key, keys))
	}
}

// nearKey suggests the key that was probably meant: the image's own name
// instead of its key.
func nearKey(name string, keys map[string]bool) string {
	if key := module.DigestKey(name); key != name && keys[key] {
		return "; its key is \"" + key + "\""
	}
	return ""
}
