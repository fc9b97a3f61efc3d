package chart

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// image names an image through lib-helm.
func image(key string) string { return `{{ include "helm_lib_module_image" (list . ` + key + `) }}` }

// chartOf is a module csi-nfs with the given templates and what else is given
// by path.
func chartOf(files map[string]string) map[string][]byte {
	all := map[string][]byte{"Chart.yaml": []byte("name: csi-nfs\nversion: 0.0.1\n")}
	for name, text := range files {
		all[name] = []byte(text)
	}
	return all
}

func render(t *testing.T, files map[string]string, keys ...string) Result {
	t.Helper()
	r, err := Images(t.Context(), chartOf(files), Options{Name: "csi-nfs", Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestImages gives a template that may look up the images a and b, of which
// only a exists.
func TestImages(t *testing.T) {
	const settings, hooks = "openapi/config-values.yaml", "openapi/values.yaml"
	for name, c := range map[string]struct {
		template string
		files    map[string]string
		want     []string
	}{
		"literal":             {template: image(`"b"`), want: []string{"b"}},
		"printf":              {template: image(`(printf "%s%d" "b" 1)`), want: []string{"b1"}},
		"range":               {template: `{{ range list "a" "b" }}{{ include "helm_lib_module_image" (list $ .) }}{{ end }}`, want: []string{"a", "b"}},
		"dict":                {template: image(`(get (dict "x" "b") "x")`), want: []string{"b"}},
		"tpl":                 {template: `{{ tpl "{{ include \"helm_lib_module_image\" (list . (lower \"B\")) }}" . }}`, want: []string{"b"}},
		"include":             {template: `{{ define "n" }}b{{ end }}` + image(`(include "n" .)`), want: []string{"b"}},
		"digest":              {template: `{{ include "helm_lib_module_image_digest" (list . (lower "B")) }}`, want: []string{"b"}},
		"own name":            {template: image(`"b" "csi-nfs"`), want: []string{"b"}},
		"other module":        {template: image(`"b" "common"`)},
		"common":              {template: `{{ include "helm_lib_module_common_image" (list . "b") }}`},
		"no fail":             {template: `{{ include "helm_lib_module_image_no_fail" (list . "a") }}{{ include "helm_lib_module_image_no_fail" (list . "b") }}`, want: []string{"a"}},
		"other context":       {template: `{{ include "helm_lib_module_image" (list (dict "Values" .Values "Chart" .Chart) "b") }}`, want: []string{"b"}},
		"values":              {template: `{{ index .Values.global.modulesImages.digests.csiNfs "a" }}`, want: []string{"a"}},
		"package runtime":     {template: `{{ if .Module }}{{ .Module.Package.Digests.a }}{{ else }}` + image(`(print "b")`) + `{{ end }}`, want: []string{"a", "b"}},
		"guarded":             {template: `{{ if .Values.global.modulesImages.digests.csiNfs.b }}` + image(`"b"`) + `{{ end }}`},
		"setting":             {template: image(`.Values.csiNfs.driver`), files: map[string]string{settings: "properties: {driver: {type: string, default: b}}"}, want: []string{"b"}},
		"choice":              {template: image(`(printf "b%s" .Values.csiNfs.mode)`), files: map[string]string{settings: "required: [mode]\nproperties: {mode: {type: string, enum: [One, Two]}}"}, want: []string{"bOne"}},
		"values.yaml":         {template: image(`.Values.csiNfs.driver`), files: map[string]string{"values.yaml": "csiNfs: {driver: b}"}, want: []string{"b"}},
		"enabled":             {template: `{{ if .Values.csiNfs.tls }}` + image(`(print "b")`) + `{{ end }}`, files: map[string]string{settings: "properties: {tls: {type: boolean, default: false}}"}, want: []string{"b"}},
		"disabled":            {template: `{{ if not .Values.csiNfs.tls }}` + image(`(print "b")`) + `{{ end }}`, files: map[string]string{settings: "properties: {tls: {type: boolean, default: false}}"}, want: []string{"b"}},
		"HA":                  {template: `{{ if .Values.global.highAvailability }}` + image(`(print "b")`) + `{{ end }}`, want: []string{"b"}},
		"made up":             {template: image(`.Values.csiNfs.internal.driver`), files: map[string]string{hooks: "properties: {internal: {properties: {driver: {type: string}}}}"}},
		"made up, cut":        {template: image(`(.Values.csiNfs.internal.driver | trunc 4 | camelcase)`), files: map[string]string{hooks: "properties: {internal: {properties: {driver: {type: string}}}}"}},
		"made up, ends off":   {template: image(`(.Values.csiNfs.internal.driver | regexFind "[a-w]+")`), files: map[string]string{hooks: "properties: {internal: {properties: {driver: {type: string}}}}"}},
		"number":              {template: image(`(printf "b%v" .Values.csiNfs.internal.count)`), files: map[string]string{hooks: "properties: {internal: {properties: {count: {type: integer}}}}"}},
		"example":             {template: image(`.Values.csiNfs.driver`), files: map[string]string{settings: "properties: {driver: {type: string, x-examples: [b]}}"}},
		"hooks' default":      {template: image(`.Values.csiNfs.internal.driver`), files: map[string]string{hooks: "properties: {internal: {properties: {driver: {type: string, default: b}}}}"}},
		"example that exists": {template: image(`.Values.csiNfs.driver`), files: map[string]string{settings: "properties: {driver: {type: string, x-examples: [a]}}"}, want: []string{"a"}},
		"absent":              {template: image(`(printf "b%v" .Values.global.absent)`) + image(`(.Values.global.absent | default "")`)},
		"cluster":             {template: image(`(printf "b%s" .Values.global.discovery.kubernetesVersion)`) + image(`(printf "b%s" .Capabilities.KubeVersion.Minor)`)},
		"partial":             {template: "", files: map[string]string{"templates/_p.tpl": image(`"b"`)}},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"templates/t.yaml": c.template}
			maps.Copy(files, c.files)
			r := render(t, files, "a")
			var got []string
			for _, use := range r.Uses {
				if use.File != "templates/t.yaml" {
					t.Errorf("key %s in %s", use.Key, use.File)
				}
				got = append(got, use.Key)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("keys (-want +got):\n%s", diff)
			}
			if len(r.Failures) > 0 || r.Templates != 1 {
				t.Errorf("%d templates, failures %v", r.Templates, r.Failures)
			}
		})
	}
}

// TestSubchart renders a chart in charts/, whose definitions and templates
// belong to the module.
func TestSubchart(t *testing.T) {
	r := render(t, map[string]string{
		"templates/t.yaml":            `{{ include "lib" (list . "b") }}`,
		"charts/lib/Chart.yaml":       "name: lib\nversion: 1.0.0\ntype: library\n",
		"charts/lib/templates/_l.tpl": `{{ define "lib" }}{{ include "helm_lib_module_image" (list (index . 0) (printf "%s1" (index . 1))) }}{{ end }}{{ define "helm_lib_module_image" }}{{ fail "the recorder goes first" }}{{ end }}`,
		"charts/app/Chart.yaml":       "name: app\nversion: 1.0.0\n",
		"charts/app/values.yaml":      "key: c",
		"charts/app/templates/t.yaml": `{{ include "helm_lib_module_image" (list . .Values.key "csi-nfs") }}`,
	})
	want := []Use{{"c", "charts/app/templates/t.yaml"}, {"b1", "templates/t.yaml"}}
	if diff := cmp.Diff(want, r.Uses); diff != "" || len(r.Failures) > 0 {
		t.Errorf("failures %v, uses (-want +got):\n%s", r.Failures, diff)
	}
}
