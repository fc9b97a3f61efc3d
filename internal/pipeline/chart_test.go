package pipeline

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/lint"
)

// exampleFiles are the parts of examples/echo that the chart's checks read.
func exampleFiles(t *testing.T) map[string]string {
	t.Helper()
	root := filepath.Join("..", "..", "examples", "echo")
	files := map[string]string{".helmignore": "crds\ndocs\nhooks\nimages\nopenapi\n"}
	for _, dir := range []string{"templates", "charts", "crds", "hooks", "openapi"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			name, _ := filepath.Rel(root, path)
			files[filepath.ToSlash(name)] = strings.NewReplacer(`"echoServer"`, `"hello"`, `"echoProbe"`, `"hello"`).Replace(string(data))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// TestChartRefusals breaks a copy of examples/echo in each way that the checks
// know. publish refuses it before anything is built or written, and plan says so.
func TestChartRefusals(t *testing.T) {
	for check, broken := range map[string]struct{ file, old, replacement string }{
		lint.TemplateFails:    {"templates/server.yaml", "apiVersion: apps/v1", `{{ fail "no" }}`},
		lint.InvalidYAML:      {"templates/server.yaml", "kind: Deployment", "kind: Deployment: x"},
		lint.DuplicateObject:  {"templates/probe.yaml", "kind: PodDisruptionBudget\nmetadata:\n  name: echo-probe", "kind: PodDisruptionBudget\nmetadata:\n  name: echo-server"},
		lint.UnknownField:     {"templates/server.yaml", "replicas:", "replica:"},
		lint.WrongType:        {"templates/server.yaml", "{{ .Values.echo.replicas }}", "{{ .Values.echo.replicas | quote }}"},
		lint.MissingField:     {"templates/service.yaml", "port: 8080\n", "nodePort: 30080\n"},
		lint.BadValue:         {"templates/server.yaml", "cpu: 10m", "cpu: 10mi"},
		lint.APIVersion:       {"templates/server.yaml", "apps/v1", "apps/v1beta1"},
		lint.InvalidName:      {"templates/service.yaml", "name: echo\n", "name: Echo\n"},
		lint.InvalidLabel:     {"templates/server.yaml", "      labels:\n        app: echo-server\n", "      labels:\n        app: echo-server\n        a: b c\n"},
		lint.MissingReference: {"templates/server.yaml", "automountServiceAccountToken: false", "serviceAccountName: absent"},
		lint.MissingPort:      {"templates/service.yaml", "targetPort: http", "targetPort: https"},
		lint.SelectorMismatch: {"templates/server.yaml", "matchLabels:\n      app: echo-server", "matchLabels:\n      app: other"},
		lint.InvalidCRD:       {"crds/echo.yaml", "storage: true", "storage: false"},
		lint.InvalidHook:      {"hooks/count_echoes.sh", "configVersion: v1", "configVersion: v7"},
		lint.InvalidValues:    {"openapi/config-values.yaml", "default: 10", "default: ten"},
	} {
		t.Run(check, func(t *testing.T) {
			r := newRig(t)
			files := exampleFiles(t)
			if !strings.Contains(files[broken.file], broken.old) {
				t.Fatalf("%s has no %q", broken.file, broken.old)
			}
			files[broken.file] = strings.Replace(files[broken.file], broken.old, broken.replacement, 1)
			r.write(files)
			r.git("git rm -q templates/cm.yaml; chmod +x hooks/*")
			r.commit("broken")
			result, err := r.publish(r.options("v1.0.0", nil))
			want := "check the chart: a cluster could not install the module: "
			if check == lint.InvalidYAML { // contract rule 48 comes first
				want = "check the repository: a cluster could not use the module: contract rule 48 violated"
			}
			if exit.CodeOf(err) != exit.Violated || !strings.HasPrefix(err.Error(), want) {
				t.Fatalf("publish: %v", err)
			}
			if r.builder.builds > 0 || len(result.Writes) > 0 {
				t.Errorf("%d builds, writes %v", r.builder.builds, result.Writes)
			}
			for _, f := range result.Findings {
				if f.Check != check && f.Severity == lint.Error {
					t.Errorf("another finding: %s", f)
				}
			}
			plan, err := r.plan(r.options("v1.0.0", nil))
			if err != nil || exit.CodeOf(plan.Refusal) != exit.Violated || lint.Failed(plan.Findings) == (check == lint.InvalidYAML) {
				t.Errorf("plan: %v, refusal %v", err, plan.Refusal)
			}
		})
	}
}

// TestChartOfTheCommit: what is judged is what is built, whatever the work tree has.
func TestChartOfTheCommit(t *testing.T) {
	const good = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: x}\ndata: {a: b}\n"
	for name, tc := range map[string]struct {
		commit, work string
		refused      bool
	}{
		"broken, mended in the work tree": {good + "spec: {}\n", good, true},
		"good, broken in the work tree":   {good, good + "spec: {}\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.write(map[string]string{"templates/cm.yaml": tc.commit})
			r.commit("one")
			r.builds("dev", "one")
			r.write(map[string]string{"templates/cm.yaml": tc.work})
			_, err := r.publish(r.options("dev", nil))
			if refused := exit.CodeOf(err) == exit.Violated; refused != tc.refused || !refused && err != nil {
				t.Errorf("publish: %v", err)
			}
		})
	}
}

// TestChartWaived publishes in spite of a finding, with the waiver in the result.
func TestChartWaived(t *testing.T) {
	r := newRig(t)
	r.write(map[string]string{"templates/cm.yaml": "kind: ConfigMap\napiVersion: v1\nmetadata: {name: x}\nspec: {}\n"})
	r.commit("broken")
	r.builds("v1.0.0", "one")
	opts := r.options("v1.0.0", nil)
	opts.Waivers = []lint.Waiver{{Check: lint.UnknownField, Reason: "known"}}
	result, err := r.publish(opts)
	if err != nil || len(result.Findings) != 1 || result.Findings[0].Reason != "known" {
		t.Errorf("%v, findings %v", err, result.Findings)
	}
}

// TestChartWithDigests refuses after the build, before the first write, a chart
// that only the real digests break.
func TestChartWithDigests(t *testing.T) {
	r := newRig(t)
	r.write(map[string]string{"templates/cm.yaml": `{{- if not (hasPrefix "sha256:0000" .Values.global.modulesImages.digests.echo.hello) }}{{ fail "a real digest" }}{{ end }}
kind: ConfigMap
apiVersion: v1
metadata: {name: x}
`})
	r.commit("broken")
	r.builds("v1.0.0", "one")
	result, err := r.publish(r.options("v1.0.0", nil))
	var failed *exit.Error
	if !errors.As(err, &failed) || failed.Code != exit.Violated || !strings.Contains(err.Error(), "check the chart with the images: a cluster could not install the module: templates/cm.yaml:1: a real digest") {
		t.Fatalf("publish: %v", err)
	}
	if r.builder.builds != 1 || len(result.Writes) > 0 {
		t.Errorf("%d builds, writes %v", r.builder.builds, result.Writes)
	}
}
