package chart

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func renderTexts(t *testing.T, files map[string]string, opts RenderOptions) *Rendering {
	t.Helper()
	opts.Name = "csi-nfs"
	r, err := Render(t.Context(), chartOf(files), opts)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestFixed renders every function that gives another result at each call,
// twice, called and piped.
func TestFixed(t *testing.T) {
	template := `
a: {{ randAlphaNum 10 }}
b: {{ 10 | randAlpha | quote }}
c: {{ randNumeric 4 | int }}
d: {{ randInt 3 9 | add 1 }}
e: {{ now | date "2006" }} {{ date "01" now }} {{ now.Year }}
f: {{ htpasswd "user" "pass" }}
g: {{ "pass" | htpasswd "user" }}
h: {{ bcrypt "x" }} {{ uuidv4 }} {{ randBytes 3 }} {{ randAscii 2 }} {{ shuffle "abc" }} {{ ago now }}
{{ $ca := genCA "ca" 365 }}
i: {{ (genSignedCert "a" nil (list "b") 1 $ca).Cert | b64enc }} {{ $ca.Key | b64enc }}
j: {{ genPrivateKey "rsa" | b64enc }} {{ encryptAES "k" "v" }}
{{- define "x" }}{{ randAlphaNum (add 1 2 | int) }}{{ end }}
k: {{ include "x" . }}{{ if contains "(|" (randAlphaNum 3) }}bad{{ end }}
`
	first := renderTexts(t, map[string]string{"templates/t.yaml": template}, RenderOptions{})
	second := renderTexts(t, map[string]string{"templates/t.yaml": template}, RenderOptions{})
	if len(first.Failures) > 0 {
		t.Fatal(first.Failures)
	}
	if diff := cmp.Diff(first.Texts, second.Texts); diff != "" {
		t.Errorf("two renderings differ:\n%s", diff)
	}
	text := first.Texts["templates/t.yaml"]
	for _, want := range []string{"a: xxxxxxxxxx\n", "b: \"xxxxxxxxxx\"\n", "c: 7777\n", "d: 4\n", "e: 2000 01 2000\n", "f: user:$2a$10$", "g: user:$2a$10$", "k: xxx\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
}

// TestFixKeepsTheRest checks that a template without such functions, and one
// that does not parse, stay as they are.
func TestFixKeepsTheRest(t *testing.T) {
	for _, text := range []string{"{{ if }}{{ now }}", "a: now", `{{ "randAlphaNum 3" }}`, "{{/* now */}}", "{{ .now }}"} {
		if got := fix("t", text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func TestPlaces(t *testing.T) {
	r := renderTexts(t, map[string]string{
		"templates/t.yaml": `{{- $x := "a: b" }}
{{- if $x }}
kind: A
metadata:
  name: {{ $x | trunc 1 }}
{{- end }}
---
{{- range list 1 2 }}
kind: B
items:
- {{ . }}
{{- end }}
spec: {{- include "part" . | nindent 2 }}
`,
		"templates/_part.tpl": "{{ define \"part\" }}\n{{- /* it's */}}\none: 1\ntwo: 2\n{{ end }}",
	}, RenderOptions{})
	var got []string
	for i, line := range strings.Split(r.Texts["templates/t.yaml"], "\n") {
		if place := r.Place("templates/t.yaml", i+1); strings.TrimSpace(line) != "" {
			got = append(got, fmt.Sprintf("%s %s:%d", strings.TrimSpace(line), strings.TrimPrefix(place.File, "templates/"), place.Line))
		}
	}
	want := []string{
		"kind: A t.yaml:3", "metadata: t.yaml:4", "name: a t.yaml:5", "--- t.yaml:5",
		"kind: B t.yaml:9", "items: t.yaml:10", "- 1 t.yaml:11", "kind: B t.yaml:9", "items: t.yaml:10", "- 2 t.yaml:11",
		"spec: t.yaml:11", "one: 1 _part.tpl:3", "two: 2 _part.tpl:4",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("places (-want +got):\n%s", diff)
	}
}

func TestLibHelm(t *testing.T) {
	const call = `{{ include "helm_lib_module_labels" (list .) }}`
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"none":      {nil, "helm_lib_module_labels is a function of lib-helm, which is neither in Chart.yaml nor in charts/ (as far as .helmignore leaves it in): get the chart deckhouse_lib_helm from https://deckhouse.github.io/lib-helm"},
		"not there": {map[string]string{"Chart.yaml": "name: csi-nfs\nversion: 0.1.0\ndependencies: [{name: deckhouse_lib_helm, version: 1.55.1, repository: https://x}]"}, "helm_lib_module_labels is a function of lib-helm: Chart.yaml asks for version 1.55.1, and charts/ (as far as .helmignore leaves it in) does not have it; get it with `helm dependency update` from https://deckhouse.github.io/lib-helm"},
		"too old":   {map[string]string{"charts/lib/Chart.yaml": "name: deckhouse_lib_helm\nversion: 1.1.0\ntype: library\n"}, "helm_lib_module_labels is not in lib-helm 1.1.0 (charts/lib): take a newer version from https://deckhouse.github.io/lib-helm"},
	} {
		files := map[string]string{"templates/t.yaml": call}
		maps.Copy(files, c.files)
		r := renderTexts(t, files, RenderOptions{})
		if diff := cmp.Diff([]Failure{{File: "templates/t.yaml", Line: 1, Reason: c.want}}, r.Failures); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestBases checks which values each base has.
func TestBases(t *testing.T) {
	files := map[string]string{
		"openapi/config-values.yaml": "required: [must]\nproperties: {must: {type: string, x-examples: [m]}, may: {type: string, x-examples: [o]}, num: {type: integer, default: 1}}",
		"openapi/values.yaml":        "properties: {internal: {type: object, default: {}, x-required-for-helm: [cert], properties: {cert: {type: string, x-examples: [c]}, extra: {type: string, x-examples: [e]}}}}",
		"templates/t.yaml":           `{{ with .Values.csiNfs }}{{ .must }} {{ .may }} {{ .num }} {{ .internal.cert }} {{ .internal.extra }}{{ end }} {{ .Values.global.highAvailability }} {{ .Capabilities.KubeVersion.Minor }} {{ has "x" .Values.global.enabledModules }}`,
	}
	for base, want := range map[Base]string{Defaults: "m  1 c e false 30 true", Minimal: "m  1 c  false 30 true", Everything: "m o 1 c e true 30 true"} {
		r := renderTexts(t, files, RenderOptions{Values: Values{Base: base}, Kubernetes: "1.30.0", Modules: []string{"x"}})
		if got := r.Texts["templates/t.yaml"]; got != want {
			t.Errorf("%s: %q, expected %q", base, got, want)
		}
	}
	r := renderTexts(t, files, RenderOptions{Values: Values{Base: Defaults, Set: map[string]any{"csiNfs": map[string]any{"num": 2}}}})
	if got := r.Texts["templates/t.yaml"]; !strings.HasPrefix(got, "m  2 c e") {
		t.Errorf("with a value: %q", got)
	}
	if _, err := Render(t.Context(), nil, RenderOptions{Values: Values{Base: "x"}}); err == nil {
		t.Error("an unknown base is accepted")
	}
}

func TestDigests(t *testing.T) {
	files := map[string]string{"templates/t.yaml": image(`"a"`) + "\n" + image(`"b"`)}
	r := renderTexts(t, files, RenderOptions{Digests: map[string]string{"a": "sha256:1", "b": "sha256:2"}})
	if got := r.Texts["templates/t.yaml"]; got != registryBase+"/csi-nfs@sha256:1\n"+registryBase+"/csi-nfs@sha256:2" || r.Images["sha256:2"] != "b" {
		t.Errorf("%q, images %v", got, r.Images)
	}
	r = renderTexts(t, files, RenderOptions{Digests: map[string]string{"a": "sha256:1"}})
	if len(r.Failures) != 1 || r.Failures[0].Reason != "Image csiNfs.b has no digest" {
		t.Errorf("failures %v", r.Failures)
	}
	files["templates/t.yaml"] += image(`"kubeRbacProxy" "common"`) // Deckhouse ships it
	if r = renderTexts(t, files, RenderOptions{Digests: map[string]string{"a": "sha256:1", "b": "sha256:2"}}); len(r.Failures) > 0 {
		t.Errorf("an image of Deckhouse: %v", r.Failures)
	}
	if r.Images["sha256:"+madeUpDigest("common", "kubeRbacProxy")] != "common/kubeRbacProxy" {
		t.Errorf("images %v", r.Images)
	}
	r = renderTexts(t, files, RenderOptions{})
	if got := r.Texts["templates/t.yaml"]; !strings.HasPrefix(got, registryBase+"/csi-nfs@sha256:0000000000000000") || len(r.Images) != 3 {
		t.Errorf("%q, images %v", got, r.Images)
	}
}

// TestReadFiles checks which files of a module are read, from a directory and
// from a list.
func TestReadFiles(t *testing.T) {
	files := fstest.MapFS{}
	all := map[string][]byte{}
	for _, name := range []string{
		"Chart.yaml", "templates/a.yaml", "templates/sub/b.yaml", "monitoring/x.yaml", "ignored/x", "a.md", "openapi/values.yaml",
		"values.yaml", "images/a/Dockerfile", "hooks/h.sh", ".git/config", "crds/a.yaml", "charts/lib.tgz",
	} {
		files[name], all[name] = &fstest.MapFile{Data: []byte{}}, []byte{}
	}
	all[".helmignore"] = []byte("ignored\n*.md\n")
	files[".helmignore"] = &fstest.MapFile{Data: all[".helmignore"]}
	got, err := ReadFiles(files)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]byte{}
	for _, name := range []string{"Chart.yaml", "charts/lib.tgz", "monitoring/x.yaml", "openapi/values.yaml", "templates/a.yaml", "templates/sub/b.yaml", "values.yaml"} {
		want[name] = []byte{}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	got, err = Choose(all)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("chosen (-want +got):\n%s%v", diff, err)
	}
	files["templates/large.yaml"] = &fstest.MapFile{Data: make([]byte, maxFile+1)}
	if got, err := ReadFiles(files); err != nil || got["templates/large.yaml"] != nil {
		t.Errorf("a file that is too large: %d bytes, %v", len(got["templates/large.yaml"]), err)
	}
	if _, err := ReadFiles(fstest.MapFS{".helmignore": {Data: []byte("[")}}); err == nil || errors.Unwrap(err) == nil {
		t.Errorf("a broken .helmignore: %v", err)
	}
}
