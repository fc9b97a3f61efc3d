package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/baseimage/modulerepo"
)

// newGitLab is a forge whose repository has the pipeline of testdata/gitlab and
// the templates that it includes.
func newGitLab(t *testing.T, module string) *forge {
	t.Helper()
	f := newForge(t, module)
	f.git(t, "remote", "set-url", "origin", "https://gitlab.example.com/acme/"+module+".git")
	files := map[string]string{".gitlab-ci.yml": filepath.Join("testdata", "gitlab", ".gitlab-ci.yml")}
	for _, name := range []string{"Setup", "Build", "Deploy"} {
		name += ".gitlab-ci.yml"
		files[filepath.Join(".gitlab", name)] = filepath.Join("..", "ci", "gitlab", name)
	}
	for to, from := range files {
		data, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		to = filepath.Join(f.repo, to)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(f.repo, ".gitignore"), []byte(".gitlab-ci-local/\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := modulerepo.Commit(t.Context(), f.repo, "The pipeline"); err != nil {
		t.Fatal(err)
	}
	return f
}

// pipeline runs jobs with GitLab's pipelines for laptops, on this machine, and
// returns the exit code and the log.
func (f *forge) pipeline(t *testing.T, jobs []string, variables ...string) (code int, log string) {
	t.Helper()
	needProgram(t, "gitlab-ci-local")
	needProgram(t, "rsync")
	args := append([]string{"--shell-isolation"}, jobs...)
	variables = append([]string{
		"MODULES_REGISTRY=" + f.registry.Addr(), "MODULES_MODULE_SOURCE=" + f.registry.Addr() + "/modules",
		"MODULES_REGISTRY_LOGIN=" + ciLogin, "MODULES_REGISTRY_PASSWORD=" + ciPassword,
		"MODSHIP_BASE_URL=" + f.releases.URL, "BASE_IMAGES_URL=" + f.releases.URL + "/base-images",
		"MODSHIP_HOME=" + f.value("MODSHIP_HOME"), "WERF_INSECURE_REGISTRY=1", "WERF_DISABLE_AUTO_HOST_CLEANUP=1",
		"DOCKER_HOST=" + f.value("DOCKER_HOST"), "GITLAB_CI=true", // which gitlab-ci-local sets to false
	}, variables...)
	for _, v := range variables {
		args = append(args, "--variable", v)
	}
	r := f.with("PATH="+pathWithout("modship")).run(t, f.repo, "gitlab-ci-local", args...)
	return r.code, r.stdout + r.stderr
}

// TestGitLabTemplates takes a module through the pipeline that the official
// template has: a branch, a merge request, a version and its channels.
func TestGitLabTemplates(t *testing.T) {
	t.Parallel()
	f := newGitLab(t, "minimal")
	run := func(wantCode int, jobs []string, contains []string, variables ...string) {
		t.Helper()
		code, log := f.pipeline(t, jobs, variables...)
		if (code == 0) != (wantCode == 0) {
			t.Fatalf("%v: exit code %d\n%s", jobs, code, log)
		}
		f.checkLog(t, log, contains...)
	}
	repository := f.registry.Addr() + "/modules/minimal"
	run(0, []string{"Build", "Report"}, []string{
		"bundle=" + repository + ":main@sha256:", "changed=true", "report=" + repository,
		"section_start:", "modship_bundle_", "this module does not seem to need it",
	})
	checkQuality(t, f)

	run(0, []string{"Build merge request"}, []string{repository + ":mr7"}, "CI_MERGE_REQUEST_IID=7", "CI_PIPELINE_SOURCE=merge_request_event")

	f.git(t, "tag", "v0.1.0")
	tag := []string{"CI_COMMIT_TAG=v0.1.0", "CI_COMMIT_REF_NAME=v0.1.0"}
	run(0, []string{"Build"}, []string{repository + ":v0.1.0"}, tag...)
	run(1, []string{"Deploy to Stable"}, []string{"early-access"}, tag...)
	run(0, []string{"Deploy to Alpha"}, []string{repository + "/release:alpha"}, tag...)
	run(0, []string{"Deploy to Stable"}, []string{repository + "/release:stable"}, slices.Concat(tag, []string{"SKIP_LADDER=true"})...)

	want := []string{
		"modules/minimal/release:alpha", "modules/minimal/release:main", "modules/minimal/release:mr7", "modules/minimal/release:stable",
		"modules/minimal/release:v0.1.0", "modules/minimal:main", "modules/minimal:mr7", "modules/minimal:v0.1.0",
	}
	if diff := cmp.Diff(want, f.published(t)); diff != "" {
		t.Errorf("published (-want +got):\n%s", diff)
	}
	f.checkPipeline(t, "modules")
}

// checkQuality reads the code quality report of the last build.
func checkQuality(t *testing.T, f *forge) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(f.repo, ".gitlab-ci-local", "artifacts", "Build", "gl-code-quality-report.json"))
	if err != nil {
		t.Fatal(err)
	}
	var issues []struct {
		CheckName string `json:"check_name"`
		Location  struct{ Path string }
	}
	if err := json.Unmarshal(data, &issues); err != nil {
		t.Fatal(err)
	}
	if len(issues) == 0 || !strings.HasPrefix(issues[0].CheckName, "modship rule ") || issues[0].Location.Path == "" {
		t.Errorf("code quality report: %s", data)
	}
}
