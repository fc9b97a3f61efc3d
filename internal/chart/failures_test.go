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

// TestNothingRenders checks the report on a module whose chart cannot be rendered at all.
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

// FuzzFiles renders foreign files, each in the place of one that is read. That
// never panics, and it is never silent about what it could not do.
func FuzzFiles(f *testing.F) {
	names := []string{"Chart.yaml", "values.yaml", "openapi/values.yaml", "openapi/config-values.yaml", "templates/t.yaml", "templates/_p.tpl", "charts/lib.tgz", "charts/lib/Chart.yaml"}
	for i, seed := range []string{
		"name: x\ndependencies: [null]", "csiNfs: [1]\nglobal: {}", "properties: {a: {type: [null], items: [1], enum: {}}}",
		"x-examples: {a: 1}\nrequired: a\nproperties: {a: {default: {b: [c]}, oneOf: [1]}}", "{{ template \"x\" . }}{{ .Values.csiNfs.a.b.c }}", "{{ define \"helm_lib_module_image\" }}{{ end }}", "\x1f\x8b", "name: [",
	} {
		f.Add(uint8(i), seed)
	}
	f.Fuzz(func(t *testing.T, which uint8, data string) {
		files := chartOf(map[string]string{"templates/s.yaml": image(`"a"`)})
		files[names[int(which)%len(names)]] = []byte(data)
		r, err := Images(t.Context(), files, Options{Name: "csi-nfs", Keys: []string{"a"}})
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Uses) == 0 && len(r.Failures) == 0 {
			t.Errorf("nothing is known of %q and nothing said", data)
		}
	})
}
