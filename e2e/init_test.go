package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/baseimage/modulerepo"
)

// write writes a file of the repository and commits it.
func (f *forge) write(t *testing.T, path, content string) {
	t.Helper()
	file := filepath.Join(f.repo, path)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := modulerepo.Commit(t.Context(), f.repo, path); err != nil {
		t.Fatal(err)
	}
}

// initialise runs modship init in the repository and commits what it wrote.
func (f *forge) initialise(t *testing.T, ci string) {
	t.Helper()
	f.modship(t, f.repo, "init", "--ci", ci)
	if err := modulerepo.Commit(t.Context(), f.repo, "modship init"); err != nil {
		t.Fatal(err)
	}
}

// TestGitHubInit replaces the workflows of a module by that of `modship init`: it
// publishes a branch, a version and a channel as they did.
func TestGitHubInit(t *testing.T) {
	t.Parallel()
	f := newForge(t, "minimal")
	for _, name := range []string{"build.yml", "deploy.yml"} {
		data, err := os.ReadFile(filepath.Join("testdata", "github", "official", name))
		if err != nil {
			t.Fatal(err)
		}
		f.write(t, filepath.Join(".github", "workflows", name), string(data))
	}
	f.initialise(t, "github")
	workflow := filepath.Join(f.repo, ".github", "workflows", "modship.yml")
	for _, e := range []event{
		{name: "push"},
		{name: "push", payload: map[string]any{"ref": "refs/tags/v0.1.0"}},
		{name: "workflow_dispatch", inputs: map[string]string{"tag": "v0.1.0", "release_channel": "alpha"}},
	} {
		code, log := f.act(t, workflow, e)
		if code != 0 {
			t.Fatalf("%s: exit code %d\n%s", e.name, code, log)
		}
		f.checkLog(t, log)
		f.git(t, "tag", "--force", "v0.1.0") // after the push of the branch
	}
	want := []string{
		"acme/modules/minimal/release:alpha", "acme/modules/minimal/release:main", "acme/modules/minimal/release:v0.1.0",
		"acme/modules/minimal:main", "acme/modules/minimal:v0.1.0",
	}
	if diff := cmp.Diff(want, f.published(t)); diff != "" {
		t.Errorf("published (-want +got):\n%s", diff)
	}
	f.checkPipeline(t, "acme/modules")
}

// TestGitLabInit gives a repository without a pipeline that of `modship init`.
func TestGitLabInit(t *testing.T) {
	t.Parallel()
	f := newGitLab(t, "minimal") // for the templates, which the network does not have here
	f.git(t, "rm", "-q", ".gitlab-ci.yml")
	f.initialise(t, "gitlab")
	file := filepath.Join(f.repo, ".gitlab-ci.yml")
	pipeline, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const remote = "remote: https://raw.githubusercontent.com/modship/modship/main/ci/gitlab/"
	if n := strings.Count(string(pipeline), remote); n != 3 {
		t.Fatalf("%d templates are included:\n%s", n, pipeline)
	}
	f.write(t, ".gitlab-ci.yml", strings.ReplaceAll(string(pipeline), remote, "local: .gitlab/"))
	f.git(t, "tag", "v0.1.0")
	tag := []string{"CI_COMMIT_TAG=v0.1.0", "CI_COMMIT_REF_NAME=v0.1.0"}
	for _, run := range []struct {
		job       string
		variables []string
	}{{"Build", nil}, {"Build version", tag}, {"Deploy to alpha", tag}} {
		variables := append([]string{"CI_REGISTRY_IMAGE=" + f.registry.Addr() + "/acme", "MODULES_MODULE_SOURCE="}, run.variables...)
		code, log := f.pipeline(t, []string{run.job}, variables...)
		if code != 0 {
			t.Fatalf("%s: exit code %d\n%s", run.job, code, log)
		}
		f.checkLog(t, log)
	}
	want := []string{"acme/minimal/release:alpha", "acme/minimal/release:main", "acme/minimal/release:v0.1.0", "acme/minimal:main", "acme/minimal:v0.1.0"}
	if diff := cmp.Diff(want, f.published(t)); diff != "" {
		t.Errorf("published (-want +got):\n%s", diff)
	}
	f.checkPipeline(t, "acme")
}
