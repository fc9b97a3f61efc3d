package chart

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"

	"github.com/modship/modship/pkg/module"
)

// recorderFile lies above all other templates, and Helm parses the highest
// last, so its definitions win over those of lib-helm.
const recorderFile = "!modship.tpl"

// notesKey is where in .Values.global the recorder notes lookups.
const notesKey = "modshipLookups"

// registryBase is the made-up registry of all images.
const registryBase = "registry.example/madeup"

// recorder defines the functions by which templates look up images
// (charts/helm_lib/templates/_module_image.tpl of lib-helm): they note what is
// looked up, and find every image, so that one missing image does not hide the
// next, and what a template looked up before it failed is known. With real
// digests, an image of the module itself has to have one. The variants that put
// up with a missing image find only what exists.
const recorder = `
{{- define "modship_module" -}}
  {{- if ge (len .) 3 -}}{{ index . 2 }}{{- else -}}{{ (index . 0).Chart.Name }}{{- end -}}
{{- end -}}
{{- define "modship_found" -}}
  {{- $context := index . 0 -}}
  {{- $module := include "modship_module" . | replace "-" "_" | camelcase | untitle -}}
  {{- dig $module (index . 1 | trimAll "\"") "" $context.Values.global.modulesImages.digests -}}
{{- end -}}
{{- define "modship_lookup" -}}
  {{- $context := index . 0 -}}
  {{- $key := index . 1 | trimAll "\"" -}}
  {{- $module := include "modship_module" . -}}
  {{- $file := "" -}}
  {{- with $context.Template -}}{{- $file = .Name -}}{{- end -}}
  {{- $_ := set $context.Values.global.` + notesKey + ` (printf "%s\n%s\n%s" $file $module $key) true -}}
  {{- $name := $module | replace "-" "_" | camelcase | untitle -}}
  {{- $digest := include "modship_found" . -}}
  {{- if and (not $digest) (eq $name "` + requiredModule + `") -}}{{- fail (printf "Image %s.%s has no digest" $name $key) -}}{{- end -}}
  {{- $digest | default (printf "sha256:` + madeUpZeros + `%s" (printf "%s\n%s" $module $key | sha256sum | trunc -48)) -}}
{{- end -}}
{{- define "modship_repository" -}}
  {{- $context := index . 0 -}}
  {{- $module := include "modship_module" . -}}
  {{- $own := index $context.Values ($module | replace "-" "_" | camelcase | untitle) | default dict -}}
  {{- $base := dig "registry" "base" "" $own -}}
  {{- if $base -}}{{ trimAll "/" $base }}/{{ $module | kebabcase }}{{- else -}}{{ $context.Values.global.modulesImages.registry.base }}{{- end -}}
{{- end -}}
{{- define "helm_lib_module_image" -}}{{ include "modship_repository" . }}@{{ include "modship_lookup" . }}{{- end -}}
{{- define "helm_lib_module_image_digest" -}}{{ include "modship_lookup" . }}{{- end -}}
{{- define "helm_lib_module_image_no_fail" -}}
  {{- if include "modship_found" . -}}{{ include "helm_lib_module_image" . }}{{- end -}}
{{- end -}}
{{- define "helm_lib_module_image_digest_no_fail" -}}
  {{- if include "modship_found" . -}}{{ include "modship_lookup" . }}{{- end -}}
{{- end -}}
{{- define "helm_lib_module_common_image" -}}
  {{- (index . 0).Values.global.modulesImages.registry.base }}@{{ include "modship_lookup" (list (index . 0) (index . 1) "common") -}}
{{- end -}}
{{- define "helm_lib_module_common_image_no_fail" -}}{{ include "helm_lib_module_common_image" . }}{{- end -}}
{{- define "helm_lib_csi_image_with_common_fallback" -}}
  {{- $version := index . 2 -}}
  {{- include "helm_lib_module_common_image" (list (index . 0) (printf "%v%v%v" (index . 1 | trimAll "\"") $version.Major $version.Minor)) -}}
{{- end -}}
`

// requiredModule stands in recorder for the key of the module whose images have
// to have digests.
const requiredModule = "modship:required"

// madeUpZeros begin every digest that is made up, so that people see it is.
const madeUpZeros = "0000000000000000"

// madeUpDigest is the digest that an image gets, in hex.
func madeUpDigest(moduleName, key string) string {
	sum := sha256.Sum256([]byte(moduleName + "\n" + key))
	return madeUpZeros + hex.EncodeToString(sum[:])[len(madeUpZeros):]
}

// lookup is a note of the recorder.
type lookup struct {
	file        string // "" if the template passed on a context without it
	module, key string
}

func lookups(values map[string]any) []lookup {
	var list []lookup
	for note := range asMap(asMap(values["global"])[notesKey]) {
		if parts := strings.SplitN(note, "\n", 3); len(parts) == 3 {
			list = append(list, lookup{file: parts[0], module: parts[1], key: parts[2]})
		}
	}
	return list
}

// isName matches what may be meant as a key. What is printed of a value that is
// absent, such as <nil>, may come from values that only a cluster has.
var isName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]*$`)

// addUses adds the images of the module itself that were looked up: those that
// the recorder noted, and those whose digest a template took from the values.
func (src *source) addUses(uses map[Use]bool, noted []lookup, rendered map[string]string) {
	addShown := func(moduleName, key string) {
		digest := madeUpDigest(moduleName, key)
		for file, text := range rendered {
			if strings.Contains(text, digest) {
				uses[Use{Key: key, File: src.local(file)}] = true
			}
		}
	}
	for _, l := range noted {
		if module.TemplateKey(l.module) != src.key || !isName.MatchString(l.key) || strings.Contains(strings.ToLower(l.key), madeUp) {
			continue
		}
		if l.file == "" {
			addShown(l.module, l.key)
			continue
		}
		uses[Use{Key: l.key, File: src.local(l.file)}] = true
	}
	for key := range src.known {
		addShown(src.name, key)
	}
}
