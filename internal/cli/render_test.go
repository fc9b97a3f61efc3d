package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/exit"
)

// chartFiles are a module whose chart has a workload and a configuration.
func chartFiles() map[string]string {
	return map[string]string{
		"werf.yaml":                  "project: echo\nconfigVersion: 1\n",
		"module.yaml":                "name: echo\n",
		"Chart.yaml":                 "name: echo\nversion: 0.0.1\n",
		"openapi/config-values.yaml": "type: object\nproperties: {level: {type: string, default: info}}\n",
		"openapi/values.yaml":        "type: object\nx-extend: {schema: config-values.yaml}\n",
		"images/server/Dockerfile":   "FROM scratch\n",
		"templates/cm.yaml":          "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: echo}\ndata: {level: {{ .Values.echo.level }}}\n",
		"templates/server.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: {name: server}
spec:
  selector: {matchLabels: {app: server}}
  template:
    metadata: {labels: {app: server}}
    spec:
      containers:
      - name: server
        image: r/echo@{{ .Values.global.modulesImages.digests.echo.server }}
        resources: {requests: {cpu: 10m}}
`,
	}
}

// renders is a module in a git repository, and a registry.
type renders struct {
	*counted
	dir string
}

func newRenders(t *testing.T) *renders {
	clearSettings(t)
	r := &renders{serveCounted(t), t.TempDir()}
	r.write(chartFiles())
	r.git("init", "-q", "-b", "main")
	r.git("add", "-A")
	r.git("-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-qm", "one")
	return r
}

func (r *renders) write(files map[string]string) {
	r.t.Helper()
	for name, text := range files {
		file := filepath.Join(r.dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			r.t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			r.t.Fatal(err)
		}
	}
}

func (r *renders) git(args ...string) {
	r.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = r.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		r.t.Fatalf("git %v: %v: %s", args, err, out)
	}
}

func (r *renders) render(want exit.Code, args ...string) (stdout, stderr string) {
	r.t.Helper()
	var out, errOut bytes.Buffer
	args = append([]string{"render", "--dir", r.dir, "--source", r.Addr() + "/modules"}, args...)
	if code := Run(context.Background(), args, &out, &errOut); exit.Code(code) != want {
		r.t.Fatalf("%v: exit code %d, want %d: %s", args, code, want, errOut.String())
	}
	return out.String(), errOut.String()
}

// TestRender shows objects as a stream, as JSON, as files, and chosen ones.
func TestRender(t *testing.T) {
	r := newRenders(t)
	out, _ := r.render(exit.OK)
	for _, text := range []string{"placeholders", "kind: ConfigMap", "level: info", "# Source: templates/server.yaml", "image: r/echo@sha256:0000"} {
		if !strings.Contains(out, text) {
			t.Errorf("the stream has no %q:\n%s", text, out)
		}
	}
	for _, args := range [][]string{{"--kind", "configmap"}, {"--show-only", "templates/cm.yaml"}} {
		if out, _ := r.render(exit.OK, args...); !strings.Contains(out, "kind: ConfigMap") || strings.Contains(out, "kind: Deployment") {
			t.Errorf("%v:\n%s", args, out)
		}
	}
	if out, _ := r.render(exit.OK, "--image", "server"); strings.Contains(out, "kind: ConfigMap") || !strings.Contains(out, "kind: Deployment") {
		t.Errorf("--image:\n%s", out)
	}
	if out, _ := r.render(exit.OK, "--set", "echo.level=debug", "--kind", "ConfigMap"); !strings.Contains(out, "level: debug") {
		t.Errorf("--set:\n%s", out)
	}
	out, _ = r.render(exit.OK, "--format", "json", "--value-set", "all")
	var sets struct {
		Sets []struct {
			Values  string
			Objects []objectJSON
		}
	}
	if err := json.Unmarshal([]byte(out), &sets); err != nil || len(sets.Sets) != 3 || len(sets.Sets[0].Objects) != 2 || sets.Sets[0].Objects[0].File != "templates/cm.yaml" {
		t.Errorf("%v, %+v", err, sets)
	}
	if out, _ := r.render(exit.OK, "--images"); !strings.Contains(out, "server") || !strings.Contains(out, "cpu 10m") {
		t.Errorf("--images:\n%s", out)
	}
	to := t.TempDir()
	r.render(exit.OK, "--output", to)
	written, err := filepath.Glob(filepath.Join(to, "*.yaml"))
	if err != nil || len(written) != 2 {
		t.Errorf("files %q, %v", written, err)
	}
	if _, stderr := r.render(exit.Usage, "--value-set", "tiny"); !strings.Contains(stderr, `no values "tiny"`) {
		t.Error(stderr)
	}
}

// TestRenderFails names the line of a template.
func TestRenderFails(t *testing.T) {
	r := newRenders(t)
	r.write(map[string]string{"templates/cm.yaml": "apiVersion: v1\n{{ fail \"no level\" }}\n"})
	_, stderr := r.render(exit.Failed)
	if !strings.Contains(stderr, "templates/cm.yaml:2: ") || !strings.Contains(stderr, "no level") {
		t.Error(stderr)
	}
}

// TestRenderPublished takes the digests of a version, and compares with its
// chart: by the names of images, whatever their digests.
func TestRenderPublished(t *testing.T) {
	r := newRenders(t)
	digest := "sha256:" + strings.Repeat("ab", 32)
	bundle := chartFiles()
	bundle["images_digests.json"] = `{"server":"` + digest + `"}`
	bundle["templates/cm.yaml"] = strings.ReplaceAll(bundle["templates/cm.yaml"], "\ndata: {", "\ndata: {old: x, ")
	r.push(r.Addr()+"/modules/echo:v1.0.0", bundle)

	out, _ := r.render(exit.OK, "--tag", "v1.0.0")
	if !strings.Contains(out, "image: r/echo@"+digest) || strings.Contains(out, "placeholders") {
		t.Errorf("--tag:\n%s", out)
	}
	out, _ = r.render(exit.OK, "--diff", "v1.0.0")
	if want := "change ConfigMap echo\n       data.old: x → (none)\n"; out != want {
		t.Errorf("--diff (-want +got):\n%s", cmp.Diff(want, out))
	}
	r.write(map[string]string{"templates/cm.yaml": bundle["templates/cm.yaml"]})
	if out, stderr := r.render(exit.OK, "--diff", "v1.0.0"); out != "" || !strings.Contains(stderr, "no object differs from "+r.Addr()+"/modules/echo:v1.0.0") {
		t.Errorf("--diff of the same chart: %s%s", out, stderr)
	}
	if out, _ := r.render(exit.OK, "--diff", "HEAD"); !strings.Contains(out, "data.old: (none) → x") {
		t.Errorf("--diff HEAD:\n%s", out)
	}
	for _, args := range [][]string{{"--tag", "v2.0.0"}, {"--diff", "v2.0.0"}} {
		if _, stderr := r.render(exit.Violated, args...); !strings.Contains(stderr, "v2.0.0 is not published") {
			t.Errorf("%v: %s", args, stderr)
		}
	}
	if _, stderr := r.render(exit.Violated, "--diff", "v2.0.0"); !strings.Contains(stderr, "--diff refs/tags/v2.0.0") {
		t.Error(stderr)
	}
	r.render(exit.Usage, "--tag", "v1.0.0", "--digests", "x.json")
	r.push(r.Addr()+"/modules/echo:v1.1.0", map[string]string{"images_digests.json": "[]"})
	if _, stderr := r.render(exit.Violated, "--tag", "v1.1.0"); !strings.Contains(stderr, "echo:v1.1.0: images_digests.json: ") {
		t.Error(stderr)
	}
}
