package contract

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/pkg/contract/internal/artifact"
	"github.com/modship/modship/pkg/contract/internal/templates"
)

// library is a chart in the manner of lib-helm: parameters with defaults, and
// branches that parameters switch.
const library = `
{{- /* Usage: {{ include "helm_lib_module_image" (list . "<container-name>") }} */ -}}
{{- define "lib_controller" }}
  {{- $context := index . 0 }}
  {{- $config := index . 1 }}
  {{- $webhooks := dig "webhooks" false $config }}
  {{- $ready := $config.image }}
  {{- $name := $config.imageName | default "controller" }}
  {{- $webhooksName := $config.webhooksName | default "webhooks" }}
  {{- if $ready }}{{ $ready }}{{ else }}{{ include "helm_lib_module_image" (list $context $name) }}{{ end }}
  {{- if $webhooks }}{{ include "helm_lib_module_image" (list $context $webhooksName) }}{{ end }}
  {{- if $context.Values.global.ha }}{{ include "helm_lib_module_image" (list $context "unknownBranch") }}{{ end }}
{{- end }}
{{- define "lib_unused" }}{{ include "helm_lib_module_image" (list . "unused") }}{{ end }}
{{- define "lib_common" }}{{ include "helm_lib_module_image" (list . "proxy" "common") }}{{ end }}
`

func packChart(t *testing.T, files map[string]string) string {
	t.Helper()
	var packed bytes.Buffer
	zipped := gzip.NewWriter(&packed)
	w := tar.NewWriter(zipped)
	for name, data := range files {
		if err := w.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(data))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.String()
}

func TestImageCalls(t *testing.T) {
	cases := []struct {
		name, template string
		want           []string // keys, with the module in front if one is given
	}{
		{"plain", `{{ include "helm_lib_module_image" (list . "echo") }}`, []string{"echo"}},
		{"in a comment", `{{- /* {{ include "helm_lib_module_image" (list . "echo") }} */ -}}`, nil},
		{"no fail", `{{ include "helm_lib_module_image_no_fail" (list . "echo") }}`, nil},
		{"common", `{{ include "helm_lib_module_common_image" (list . "proxy") }}`, nil},
		{"every branch of the module", `{{ if .a }}{{ include "helm_lib_module_image" (list . "a") }}{{ else if .b }}{{ include "helm_lib_module_image" (list . "b") }}{{ end }}`, []string{"a", "b"}},
		{"range and with", `{{ range .x }}{{ with .y }}{{ include "helm_lib_module_image" (list $ "a") }}{{ end }}{{ end }}`, []string{"a"}},
		{"nested in arguments", `{{ dict "image" (include "helm_lib_module_image" (list . "a") | quote) | toYaml }}`, []string{"a"}},
		{"computed key", `{{ include "helm_lib_module_image" (list . (printf "%s" .x)) }}`, nil},
		{"computed variable", `{{ $n := .x }}{{ include "helm_lib_module_image" (list . $n) }}`, nil},
		{"other module", `{{ include "helm_lib_module_image" (list . "a" "other") }}`, []string{"other:a"}},
		{"own chart name", `{{ include "helm_lib_module_image" (list . "a" .Chart.Name) }}`, []string{"a"}},
		{"constant template", `{{ define "n" }} mine {{ end }}{{ include "helm_lib_module_image" (list . "a" (include "n" .)) }}`, []string{"mine:a"}},
		{"chart name template", `{{ define "n" }}{{ .Chart.Name }}{{ end }}{{ include "helm_lib_module_image" (list . "a" (include "n" .)) }}`, []string{"a"}},
		{"computed module", `{{ include "helm_lib_module_image" (list . "a" .x) }}`, nil},
		{"define that is used", `{{ define "d" }}{{ include "helm_lib_module_image" (list . "a") }}{{ end }}{{ template "d" . }}`, []string{"a"}},
		{"define that is not used", `{{ define "d" }}{{ include "helm_lib_module_image" (list . "a") }}{{ end }}`, nil},
		{"template statement", `{{ template "helm_lib_module_image" (list . "a") }}{{ template "helm_lib_module_image_digest" list . "b" }}{{ template "helm_lib_module_image" }}{{ template "helm_lib_module_image" . }}`, []string{"a", "b"}},
		{"template statement, piped", `{{ template "helm_lib_module_image" "x" | list . "a" }}{{ template "helm_lib_module_image" (include "n" (include "helm_lib_module_image" (list . "b"))) }}`, []string{"a", "b"}},
		{"unpacked library", `{{ include "unpacked" . }}{{ template "unpacked_helper" . }}`, []string{"a", "b"}},
		{"recursion", `{{ define "d" }}{{ include "d" . }}{{ include "helm_lib_module_image" (list . "a") }}{{ end }}{{ include "d" . }}`, []string{"a"}},
		{"digest by fields", `{{ $.Values.global.modulesImages.digests.mine.a | quote }}{{ printf "%s@%s" .r .Values.global.modulesImages.digests.mine.b }}`, []string{"mine:a", "mine:b"}},
		{"digest by index", `{{ index .Values.global.modulesImages.digests "mine" "a" }}{{ index $.Values.global.modulesImages.digests.mine "b" }}`, []string{"mine:a", "mine:b"}},
		{"digest by a computed index", `{{ index .Values.global.modulesImages.digests "mine" .x }}{{ .Values.global.modulesImages.digests.mine | toJson }}`, nil},
		{"digest with a default", `{{ .Values.global.modulesImages.digests.mine.a | default "" }}`, nil},
		{"digest that is tested", `{{ if .Values.x }}{{ with .Values.global.modulesImages.digests.mine.a }}{{ . }}{{ end }}{{ end }}{{ .Values.global.modulesImages.digests.mine.b }}`, nil},
		{"digest in a variable", `{{ $d := .Values.global.modulesImages.digests.mine.a }}{{ if $d }}{{ $d }}{{ end }}`, nil},
		{"other values", `{{ .Values.global.modulesImages.registry.base }}{{ .Values.mine.digests.a.b }}`, nil},
		{"library defaults", `{{ include "lib_controller" (list . (dict "valuesKey" "echo")) }}`, []string{"controller"}},
		{"library with webhooks", `{{ include "lib_controller" (list . (dict "webhooks" true)) }}`, []string{"controller", "webhooks"}},
		{"library with names", `{{ $c := dict "imageName" "mine" }}{{ $_ := set $c "webhooks" true }}{{ $_ = set $c "webhooksName" "hooks" }}{{ include "lib_controller" (list . $c) }}`, []string{"hooks", "mine"}},
		{"library with another image", `{{ include "lib_controller" (list . (dict "image" "r.io/x" )) }}`, nil},
		{"library with a computed image", `{{ include "lib_controller" (list . (dict "image" .x)) }}`, nil},
		{"library for another module", `{{ include "lib_common" . }}`, []string{"common:proxy"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			content := newContent(curTag, nil)
			content.dir("charts")
			content.set("charts/lib-1.2.3.tgz", packChart(t, map[string]string{"lib/templates/_l.tpl": library, "lib/README.md": library}))
			for _, dir := range []string{"charts/more", "charts/more/templates"} {
				content.dir(dir)
			}
			content.set("charts/more/templates/_a.tpl", `{{ define "unpacked" }}{{ include "helm_lib_module_image" (list . "a") }}{{ end }}`)
			content.set("charts/more/templates/b.yaml", `{{ define "unpacked_helper" }}{{ include "helm_lib_module_image" (list . "b") }}{{ end }}{{ include "helm_lib_module_image" (list . "c") }}`)
			content.set("charts/more/templates/broken.yaml", `{{ if }}`)
			content.set("charts/more/values.yaml", `{{ define "unpacked" }}{{ end }}`)
			content.set("templates/deployment.yaml", c.template)
			tree, err := artifact.ReadRepository(t.Context(), content.repository())
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, call := range templates.Find(tree).Names {
				key := call.Key
				if call.Module != "" {
					key = call.Module + ":" + key
				}
				got = append(got, key)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLibraryCallsAreWarnings checks the severity of rule 28 by the place of
// the call.
func TestLibraryCallsAreWarnings(t *testing.T) {
	w := newWorld(ScopePublished)
	w.subject.dir("charts")
	w.subject.set("charts/lib-1.2.3.tgz", packChart(t, map[string]string{"lib/templates/_l.tpl": library}))
	w.subject.set("templates/deployment.yaml", `{{ include "lib_controller" (list . (dict)) }}{{ include "helm_lib_module_image" (list . "echo" "echo") }}`)
	found := w.check(t, ScopePublished, w.build(ScopePublished))
	if len(found) != 1 || found[0].Rule != RuleTemplateImages || found[0].Severity != Warning {
		t.Errorf("violations %v, want one warning of rule 28 for the image controller", found)
	}
}

// TestBrokenChart checks that a chart that cannot be unpacked is left to Helm.
func TestBrokenChart(t *testing.T) {
	for _, data := range []string{"", "no gzip", packChart(t, map[string]string{"lib/templates/_l.tpl": "{{ if }}"})} {
		w := newWorld(ScopeRepository)
		w.subject.dir("charts")
		w.subject.set("charts/lib-1.2.3.tgz", data)
		if found := w.check(t, ScopeRepository, Images{}); len(found) > 0 {
			t.Errorf("chart %.10q: %v", data, found)
		}
	}
}

// TestIgnoredTemplates checks that Helm's view of the chart decides which
// templates are looked at: .helmignore counts where there is a Chart.yaml.
func TestIgnoredTemplates(t *testing.T) {
	for _, c := range []struct {
		ignore string
		chart  bool
		found  bool
	}{
		{"dev.yaml", true, false},
		{"templates/*.yaml", true, false},
		{"templates", true, false},
		{"/dev.yaml", true, true}, // in the root only
		{"# dev.yaml", true, true},
		{"dev.yaml", false, true}, // the chart is made by addon-operator
	} {
		w := newWorld(ScopeRepository)
		w.subject.set("templates/dev.yaml", `{{ include "helm_lib_module_image" (list . "nope") }}`)
		w.subject.set(".helmignore", "crds\ndocs\nhooks\nimages\nopenapi\n"+c.ignore+"\n")
		if !c.chart {
			w.subject.remove("Chart.yaml")
		}
		found := w.check(t, ScopeRepository, Images{})
		if got := strings.Contains(fmt.Sprint(found), "nope"); got != c.found {
			t.Errorf(".helmignore %q, Chart.yaml %v: %v, want a finding %v", c.ignore, c.chart, found, c.found)
		}
		if broken := brokenTemplate(t, c.ignore, c.chart); broken != c.found {
			t.Errorf(".helmignore %q, Chart.yaml %v: a broken template is found: %v", c.ignore, c.chart, broken)
		}
	}
}

func brokenTemplate(t *testing.T, ignore string, chart bool) bool {
	w := newWorld(ScopeRepository)
	w.subject.set("templates/dev.yaml", "{{ if }}")
	w.subject.set(".helmignore", "crds\ndocs\nhooks\nimages\nopenapi\n"+ignore+"\n")
	if !chart {
		w.subject.remove("Chart.yaml")
	}
	return slices.Contains(rulesOf(w.check(t, ScopeRepository, Images{})), RuleTemplateImages)
}
