package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// moduleDir makes a git repository with the files and goes there.
func moduleDir(t *testing.T, files map[string]string) string {
	t.Helper()
	clearSettings(t)
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"init", "-q"}, {"remote", "add", "origin", "git@github.com:Acme/pump.git"}} {
		if out, err := exec.Command("git", append([]string{"-C", dir}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v: %s", args, err, out)
		}
	}
	t.Chdir(dir)
	return dir
}

func TestInit(t *testing.T) {
	dir := moduleDir(t, map[string]string{"werf.yaml": `{{ env "MODULE_EDITION" }}`, "module.yaml": "name: pump\n"})
	run := func(wantCode int, args ...string) (out, errOut string) {
		t.Helper()
		var o, e bytes.Buffer
		if code := Run(t.Context(), append([]string{"init"}, args...), &o, &e); code != wantCode {
			t.Fatalf("exit code %d, want %d: %s", code, wantCode, e.String())
		}
		return o.String(), e.String()
	}
	out, _ := run(0, "--ci", "github")
	for _, line := range []string{"+    source: ghcr.io/acme/modules", `+  MODULE_EDITION: "" # read by the templates, set nowhere in the repository`, "+name: Module"} {
		if !strings.Contains(out, line+"\n") {
			t.Errorf("the diff lacks %q:\n%s", line, out)
		}
	}
	written, err := os.ReadFile(filepath.Join(dir, "modship.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if out, errOut := run(0, "--ci", "github"); out != "" || !strings.Contains(errOut, "nothing to do") {
		t.Errorf("the second run: %s%s", out, errOut)
	}

	// The user's changes stay.
	own := string(written) + "waivedRules: [{rule: 17, reason: mine}]\n"
	if err := os.WriteFile("modship.yaml", []byte(own), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, errOut := run(1, "--ci", "github"); !strings.Contains(out, "-waivedRules:") || !strings.Contains(errOut, "modship.yaml would be overwritten: nothing was written") {
		t.Errorf("over a change: %s%s", out, errOut)
	}
	if now, err := os.ReadFile("modship.yaml"); err != nil || string(now) != own {
		t.Errorf("the file was overwritten: %v", err)
	}
	run(0, "--ci", "github", "--force")
	if now, err := os.ReadFile("modship.yaml"); err != nil || !bytes.Equal(now, written) {
		t.Errorf("--force did not write: %v", err)
	}
	if _, errOut := run(2, "--ci", "jenkins"); !strings.Contains(errOut, "--ci jenkins: expected github or gitlab") {
		t.Error(errOut)
	}
}
