package chart

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
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
		"guarded":             {template: `{{ if .Values.global.modulesImages.digests.csiNfs.b }}` + image(`"b"`) + `{{ end }}`},
		"setting":             {template: image(`.Values.csiNfs.driver`), files: map[string]string{settings: "properties: {driver: {type: string, default: b}}"}, want: []string{"b"}},
		"choice":              {template: image(`(printf "b%s" .Values.csiNfs.mode)`), files: map[string]string{settings: "required: [mode]\nproperties: {mode: {type: string, enum: [One, Two]}}"}, want: []string{"bOne"}},
		"values.yaml":         {template: image(`.Values.csiNfs.driver`), files: map[string]string{"values.yaml": "csiNfs: {driver: b}"}, want: []string{"b"}},
		"enabled":             {template: `{{ if .Values.csiNfs.tls }}` + image(`(print "b")`) + `{{ end }}`, files: map[string]string{settings: "properties: {tls: {type: boolean, default: false}}"}, want: []string{"b"}},
		"disabled":            {template: `{{ if not .Values.csiNfs.tls }}` + image(`(print "b")`) + `{{ end }}`, files: map[string]string{settings: "properties: {tls: {type: boolean, default: false}}"}, want: []string{"b"}},
		"HA":                  {template: `{{ if .Values.global.highAvailability }}` + image(`(print "b")`) + `{{ end }}`, want: []string{"b"}},
		"made up":             {template: image(`.Values.csiNfs.internal.driver`), files: map[string]string{hooks: "properties: {internal: {properties: {driver: {type: string}}}}"}},
		"made up, cut":        {template: image(`(.Values.csiNfs.internal.driver | trunc 4 | camelcase)`), files: map[string]string{hooks: "properties: {internal: {properties: {driver: {type: string}}}}"}},
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
			for name, text := range c.files {
				files[name] = text
			}
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

// TestFailures checks that templates that do not render are told, take nothing
// with them, and that what they looked up before counts.
func TestFailures(t *testing.T) {
	r := render(t, map[string]string{
		"templates/a.yaml": image(`(print "a")`) + `{{ .Values.csiNfs.internal.fromHook.crt | b64dec | required "no" }}`,
		"templates/b.yaml": `{{ fail "it needs a node group" }}` + image(`(print "hidden")`),
		"templates/c.yaml": `{{ if }}`,
		"templates/d.yaml": image(`(print "d")`),
		"templates/e.yaml": `{{ if .Values.global.highAvailability }}{{ fail "not with defaults only" }}{{ end }}`,
	})
	if diff := cmp.Diff([]Use{{"a", "templates/a.yaml"}, {"d", "templates/d.yaml"}}, r.Uses); diff != "" {
		t.Errorf("uses (-want +got):\n%s", diff)
	}
	var files []string
	for _, f := range r.Failures {
		files = append(files, f.File)
	}
	if diff := cmp.Diff([]string{"templates/a.yaml", "templates/b.yaml", "templates/c.yaml"}, files); diff != "" || r.Templates != 5 {
		t.Errorf("%d templates, failures (-want +got):\n%s", r.Templates, diff)
	}
	if note := r.Note(); !strings.HasPrefix(note, "3 of 5 templates could not be rendered") || !strings.HasSuffix(note, "templates/a.yaml: nil pointer evaluating interface {}.fromHook (and 2 more)") {
		t.Errorf("note %q", note)
	}
}

// TestNothingRenders checks what is told of a module of which nothing can be said.
func TestNothingRenders(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"Chart.yaml": {"Chart.yaml": "name: [", "templates/t.yaml": image(`"b"`)},
		"schema":     {"openapi/values.yaml": "- [", "templates/t.yaml": image(`"b"`)},
		"partial":    {"templates/_p.tpl": "{{ if }}", "templates/t.yaml": image(`"b"`)},
	} {
		r := render(t, files)
		if len(r.Uses) > 0 || len(r.Failures) != 1 || !strings.HasPrefix(r.Note(), "the templates could not be rendered") {
			t.Errorf("%s: uses %v, note %q", name, r.Uses, r.Note())
		}
	}
	if note := render(t, map[string]string{"templates/t.yaml": ""}).Note(); note != "" {
		t.Errorf("a module that renders has the note %q", note)
	}
}

// TestManyFailures checks that failures are not collected forever.
func TestManyFailures(t *testing.T) {
	files := map[string]string{}
	for i := range maxFailures + 5 {
		files["templates/"+string(rune('a'+i))+".yaml"] = `{{ fail "no" }}`
	}
	if r := render(t, files); len(r.Failures) != maxFailures || !strings.HasPrefix(r.Note(), "at least 20 of 25 templates") {
		t.Errorf("%d failures, note %q", len(r.Failures), r.Note())
	}
}

func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Images(ctx, chartOf(map[string]string{"templates/t.yaml": ""}), Options{Name: "csi-nfs"}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// TestLeavesNoTraces renders where every write and every output would show. A
// network and a cluster are not there to be asked: the functions that would do
// it are empty.
func TestLeavesNoTraces(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME", "DENO_DIR"} {
		t.Setenv(name, dir)
	}
	t.Setenv("KUBECONFIG", filepath.Join(dir, "absent"))
	t.Chdir(dir)
	output, err := os.Create(filepath.Join(t.TempDir(), "output"))
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	stdout, stderr := os.Stdout, os.Stderr
	os.Stdout, os.Stderr = output, output
	r := render(t, map[string]string{
		"templates/t.yaml":         `{{ if or (getHostByName "localhost") (lookup "v1" "Secret" "d8-system" "x") }}` + image(`"online"`) + `{{ else }}` + image(`"offline"`) + `{{ end }}`,
		"ts/src/index.ts":          "console.log(1)",
		"charts/app/Chart.yaml":    "name: app\nversion: 1.0.0\ndependencies: [{name: x, version: 1.0.0, repository: https://charts.invalid}]",
		"charts/requirements.yaml": "dependencies: []",
		"values.yaml":              "global: 1",
	})
	os.Stdout, os.Stderr = stdout, stderr
	if diff := cmp.Diff([]Use{{"offline", "templates/t.yaml"}}, r.Uses); diff != "" {
		t.Errorf("failures %v, uses (-want +got):\n%s", r.Failures, diff)
	}
	if info, err := output.Stat(); err != nil || info.Size() > 0 {
		t.Errorf("it printed %d bytes, %v", info.Size(), err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("it left %v, %v", left, err)
	}
}
