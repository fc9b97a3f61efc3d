package contract

import (
	"fmt"
	"maps"
	"slices"

	"github.com/modship/modship/pkg/module"
)

// imageCalls are the images that a module's templates name.
type imageCalls struct {
	names  []imageCall
	broken map[string]error
}

func findImageCalls(t *tree) imageCalls {
	set := parseTemplates(t)
	return imageCalls{names: set.calls(), broken: set.broken}
}

// use tells whether an image of the module name is used.
func (calls imageCalls) use(name string) bool {
	return slices.ContainsFunc(calls.names, func(call imageCall) bool { return call.of(name) })
}

// checkTemplates checks the part of rule 28 that needs no images: Helm can parse
// each template.
func (c *checker) checkTemplates(t *tree, calls imageCalls) {
	for _, file := range slices.Sorted(maps.Keys(calls.broken)) {
		c.add(Violation{
			Severity: ruleByNumber(28).Severity, Rule: 28, Artifact: t.at(file), Fix: "Correct the syntax of the template.",
			Message: fmt.Sprintf("%s is not a valid template, so Helm cannot render it: %v", file, calls.broken[file]),
		})
	}
}

// checkImageCalls checks rule 28: each named image has a key. Calls inside
// lib-helm are warnings, because the library may guard them in ways that only
// rendering shows.
func (c *checker) checkImageCalls(t *tree, calls imageCalls, name string, keys map[string]bool) {
	for _, call := range calls.names {
		if !call.of(name) || keys[call.key] {
			continue
		}
		report := c.report
		if !call.own {
			report = c.warn
		}
		verb := "names"
		if call.rendered {
			verb = "looks up"
		}
		report(28, t.at(call.file), "%s %s the image %q, which has no key in images_digests.json%s", call.file, verb, call.key, nearKey(call.key, keys))
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
