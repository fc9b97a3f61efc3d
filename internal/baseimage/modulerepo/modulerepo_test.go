package modulerepo_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/baseimage/modulerepo"
)

// source is a module directory with what matters to a copy: a reference, an
// executable, an ignored file.
func source(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "werf.yaml"), "from: 127.0.0.1:5555/base/toolbox:src-000000000000\nother: toolbox:latest\n", 0o644)
	write(t, filepath.Join(dir, "hooks", "hook.sh"), "#!/bin/sh\n", 0o755)
	write(t, filepath.Join(dir, ".gitignore"), "base_images.yml\n", 0o644)
	write(t, filepath.Join(dir, "base_images.yml"), "REGISTRY_PATH: 127.0.0.1:5555/base\n", 0o644)
	return dir
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func materialise(t *testing.T, src string) string {
	t.Helper()
	toolbox := t.TempDir()
	write(t, filepath.Join(toolbox, "main.go"), "package main\n", 0o644)
	dst := filepath.Join(t.TempDir(), "repo")
	opts := modulerepo.Options{Registry: "r.example:5000", SourceDir: toolbox}
	if err := modulerepo.Materialise(t.Context(), dst, src, opts); err != nil {
		t.Fatal(err)
	}
	return dst
}

func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v: %s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestMaterialise(t *testing.T) {
	src := source(t)
	repo := materialise(t, src)
	want := "100644 .gitignore\n100755 hooks/hook.sh\n100644 werf.yaml"
	if diff := cmp.Diff(want, git(t, repo, "ls-files", "--format=%(objectmode) %(path)")); diff != "" {
		t.Errorf("committed files (-want +got):\n%s", diff)
	}
	if got := git(t, repo, "status", "--porcelain"); got != "" {
		t.Errorf("the work tree is not clean: %s", got)
	}
	text, err := os.ReadFile(filepath.Join(repo, "werf.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(text), "from: r.example:5000/base/toolbox:src-") || strings.Contains(string(text), "src-000000000000") {
		t.Errorf("the base image is not retargeted: %s", text)
	}
	if !strings.HasSuffix(string(text), "other: toolbox:latest\n") {
		t.Errorf("another image was changed: %s", text)
	}
	ignored, err := os.ReadFile(filepath.Join(repo, "base_images.yml"))
	if err != nil || string(ignored) != "REGISTRY_PATH: r.example:5000/base\n" {
		t.Errorf("the ignored file is %q (%v)", ignored, err)
	}
}

// TestReproducible has another home and another identity in between.
func TestReproducible(t *testing.T) {
	src := source(t)
	first := git(t, materialise(t, src), "rev-parse", "HEAD")
	t.Setenv("HOME", t.TempDir())
	t.Setenv("GIT_AUTHOR_NAME", "someone")
	t.Setenv("GIT_COMMITTER_DATE", "2020-01-01T00:00:00Z")
	if second := git(t, materialise(t, src), "rev-parse", "HEAD"); second != first {
		t.Errorf("the same module became commits %s and %s", first, second)
	}
}

func TestCommit(t *testing.T) {
	repo := materialise(t, source(t))
	write(t, filepath.Join(repo, "new"), "text", 0o644)
	if err := modulerepo.Commit(t.Context(), repo, "One more file"); err != nil {
		t.Fatal(err)
	}
	want := "2026-01-01T00:01:00Z One more file\n2026-01-01T00:00:00Z The module"
	got := strings.ReplaceAll(git(t, repo, "log", "--format=%aI %s"), "+00:00", "Z")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
}
