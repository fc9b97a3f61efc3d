package e2e

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/crane"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/modship/modship/internal/baseimage/modulerepo"
	"github.com/modship/modship/internal/localregistry"
)

// The login of the registry that workflows publish to.
const (
	ciLogin    = "robot"
	ciPassword = "s3cret-pa55word"
)

// A forge is a machine on which a CI system runs the pipelines of a module: its
// repository, two registries (one for base images, one with a login for
// modules), and a server that has releases of modship.
type forge struct {
	*home
	module   string
	repo     string
	registry *testRegistry
	releases *httptest.Server
	locks    string // address of werf's lock service, empty if there is none
}

func newForge(t *testing.T, module string) *forge {
	t.Helper()
	needBuilds(t)
	bases := newRegistry(t, localregistry.Options{})
	bases.pushBase(t)
	f := &forge{
		home:     newHome(t),
		module:   module,
		registry: newRegistry(t, localregistry.Options{Username: ciLogin, Password: ciPassword}),
		releases: httptest.NewServer(releasesOf(t)),
	}
	t.Cleanup(f.releases.Close)
	f.repo = filepath.Join(f.dir, "repo")
	if err := modulerepo.Materialise(t.Context(), f.repo, moduleDir(module), modulerepo.Options{Registry: bases.Addr()}); err != nil {
		t.Fatal(err)
	}
	f.git(t, "remote", "add", "origin", "https://github.com/Acme/"+module+".git")
	return f
}

func (f *forge) git(t *testing.T, args ...string) {
	t.Helper()
	if r := f.run(t, f.repo, "git", args...); r.code != 0 {
		t.Fatalf("git %v: %s", args, r.stderr)
	}
}

// snapshot lists the tags of the registry for modules.
func (f *forge) snapshot(t *testing.T) []string {
	t.Helper()
	lines, err := snapshot(f.registry.Addr(), remote.WithAuth(&authn.Basic{Username: ciLogin, Password: ciPassword}))
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// published lists the tags of the module that people and clusters know: those
// of stages are left out.
func (f *forge) published(t *testing.T) []string {
	t.Helper()
	var tags []string
	for _, line := range f.snapshot(t) {
		ref, _, _ := strings.Cut(line, " ")
		if strings.Contains(ref, "/release:") && !strings.Contains(ref, "/release:modship_") || isModuleTag(ref) {
			tags = append(tags, ref)
		}
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}

// isModuleTag reports whether a reference is a bundle under a tag of the tests.
func isModuleTag(ref string) bool {
	_, tag, _ := strings.Cut(ref, ":")
	return strings.HasPrefix(tag, "v0.") || tag == "main" || strings.HasPrefix(tag, "pr") || strings.HasPrefix(tag, "mr")
}

// releasesOf serves releases of modship that run the program of this test, and
// one of crane.
func releasesOf(t *testing.T) http.Handler {
	t.Helper()
	program, err := exec.LookPath("modship")
	if err != nil {
		t.Fatal(err)
	}
	files := http.NewServeMux()
	serve := func(dir, name string, data []byte) {
		files.HandleFunc(dir+name, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(data) })
	}
	pack := func(dir, archive, program, script string) {
		data := archiveOf(t, program, "#!/bin/sh\n"+script)
		serve(dir, archive, data)
		serve(dir, "checksums.txt", fmt.Appendf(nil, "%x  %s\n", sha256.Sum256(data), archive))
	}
	pack("/latest/download/", fmt.Sprintf("modship_0.1.0_%s_%s.tar.gz", runtime.GOOS, runtime.GOARCH), "modship", `[ -z "$SSH_AGENT_PID" ] || { echo "agent at $SSH_AUTH_SOCK has"; ssh-add -l; } >&2
exec `+program+" \"$@\"\n")
	installer, err := os.ReadFile(filepath.Join("..", "install.sh"))
	if err != nil {
		t.Fatal(err)
	}
	serve("/latest/download/", "install.sh", installer)
	arch := map[string]string{"amd64": "x86_64", "arm64": "arm64"}[runtime.GOARCH]
	pack("/crane/download/v0.20.7/", "go-containerregistry_Linux_"+arch+".tar.gz", "crane", "echo crane of the release\n")
	return files
}

func archiveOf(t *testing.T, name, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	w := tar.NewWriter(zip)
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(text))}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pathWithout returns PATH without the directories that hold a program.
func pathWithout(program string) string {
	var kept []string
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		if _, err := os.Stat(filepath.Join(dir, program)); err != nil {
			kept = append(kept, dir)
		}
	}
	return strings.Join(kept, ":")
}

// An event is what a workflow is started by.
type event struct {
	name    string            // push, pull_request, workflow_dispatch
	payload map[string]any    // of GitHub
	inputs  map[string]string // of workflow_dispatch
	secrets map[string]string // besides the password
}

// act runs a workflow of testdata/github, or that of an absolute path, with
// GitHub's runner for laptops, on this machine, and returns its exit code and log.
func (f *forge) act(t *testing.T, workflow string, e event) (code int, log string) {
	t.Helper()
	needProgram(t, "act")
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	file := workflow
	if !filepath.IsAbs(file) {
		if file, err = filepath.Abs(filepath.Join("testdata", "github", workflow)); err != nil {
			t.Fatal(err)
		}
	}
	payload, err := json.Marshal(e.payload)
	if err != nil {
		t.Fatal(err)
	}
	eventFile := filepath.Join(t.TempDir(), "event.json")
	if err := os.WriteFile(eventFile, payload, 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{
		e.name, "--workflows", file, "--platform", "ubuntu-24.04=-self-hosted", "--platform", "ubuntu-latest=-self-hosted", "--no-cache-server",
		"--local-repository", "modship/modship@main=" + root,
		"--var", "REGISTRY=" + f.registry.Addr(), "--var", "LOGIN=" + ciLogin, "--var", "MODULE_NAME=" + f.module, "--var", "LOCKS=" + f.locks,
		"--secret", "PASSWORD=" + ciPassword,
		"--env", "MODSHIP_BASE_URL=" + f.releases.URL, "--env", "WERF_INSECURE_REGISTRY=1", "--env", "CRANE_BASE_URL=" + f.releases.URL + "/crane",
	}
	if e.payload != nil {
		args = append(args, "--eventpath", eventFile)
	}
	for name, value := range e.inputs {
		args = append(args, "--input", name+"="+value)
	}
	for name, value := range e.secrets {
		args = append(args, "--secret", name+"="+value)
	}
	for _, name := range []string{"MODSHIP_HOME", "WERF_DISABLE_AUTO_HOST_CLEANUP"} {
		args = append(args, "--env", name+"="+f.value(name))
	}
	r := f.with("PATH="+pathWithout("modship")).run(t, f.repo, "act", args...)
	return r.code, r.stdout + r.stderr
}

// value returns a variable of the home.
func (h *home) value(name string) string {
	value := ""
	for _, entry := range h.env {
		if text, ok := strings.CutPrefix(entry, name+"="); ok {
			value = text
		}
	}
	return value
}

// TestGitHubActions takes a module through the workflows that the official
// template has, by the real runner: a branch, a version, its channels, pull
// requests.
func TestGitHubActions(t *testing.T) {
	t.Parallel()
	f := newForge(t, "minimal")
	source := "acme/modules" // the owner is Acme
	ok := func(workflow string, e event, contains ...string) {
		t.Helper()
		code, log := f.act(t, workflow, e)
		if code != 0 {
			t.Fatalf("%s on %s: exit code %d\n%s", workflow, e.name, code, log)
		}
		f.checkLog(t, log, contains...)
	}
	fails := func(workflow string, e event, contains ...string) {
		t.Helper()
		code, log := f.act(t, workflow, e)
		if code == 0 {
			t.Fatalf("%s on %s succeeded\n%s", workflow, e.name, log)
		}
		f.checkLog(t, log, contains...)
	}
	wants := func(tags ...string) {
		t.Helper()
		if diff := cmp.Diff(tags, f.published(t)); diff != "" {
			t.Errorf("published (-want +got):\n%s", diff)
		}
	}

	ok("build.yml", event{name: "push"}, "bundle="+f.registry.Addr()+"/"+source+"/minimal:main@sha256:", "changed=true", "digest=sha256:",
		"report="+f.registry.Addr()+"/"+source+"/minimal@sha256:", "crane of the release", "::group::bundle/", "## modship publish minimal main")
	wants(source+"/minimal/release:main", source+"/minimal:main")

	f.git(t, "tag", "v0.1.0")
	tag := event{name: "push", payload: map[string]any{"ref": "refs/tags/v0.1.0"}}
	ok("build.yml", tag, "minimal:v0.1.0@sha256:")
	ok("build.yml", tag, "changed=false") // a retry

	deploy := func(channel, skip string) event {
		return event{name: "workflow_dispatch", inputs: map[string]string{"release_channel": channel, "tag": "v0.1.0", "skip_ladder": skip}}
	}
	fails("check.yml", deploy("beta", ""), "::error title=modship")
	fails("deploy.yml", deploy("beta", "false"), "beta", "--skip-ladder")
	ok("deploy.yml", deploy("alpha", "false"), "Release channels: alpha")
	f.checkPipeline(t, source)
	ok("check.yml", deploy("beta", ""))
	ok("deploy.yml", deploy("beta", "false"))
	ok("deploy.yml", deploy("stable", "true"))
	wants(source+"/minimal/release:alpha", source+"/minimal/release:beta", source+"/minimal/release:main",
		source+"/minimal/release:stable", source+"/minimal/release:v0.1.0", source+"/minimal:main", source+"/minimal:v0.1.0")

	pull := func(head string) event {
		repo := func(name string) map[string]any { return map[string]any{"repo": map[string]any{"full_name": name}} }
		return event{name: "pull_request", payload: map[string]any{
			"number": 12, "pull_request": map[string]any{"number": 12, "head": repo(head), "base": repo("Acme/minimal")},
		}}
	}
	ok("build.yml", pull("Acme/minimal"), "minimal:pr12@sha256:")
	before := f.snapshot(t)
	ok("build.yml", pull("guest/minimal"), "a pull request from a fork", "bundle=127.0.0.1:5555/modules/minimal:pr12@sha256:")
	if diff := cmp.Diff(before, f.snapshot(t)); diff != "" {
		t.Errorf("a pull request from a fork wrote to the module's registry:\n%s", diff)
	}
	ok("action.yml", event{name: "push"}, "## modship plan minimal v0.1.0", `$(touch injected)`)

	f.write(t, "werf_cleanup.yaml", "project: minimal\nconfigVersion: 1\ncleanup:\n  keepPolicies: []\n")
	ok("cleanup.yml", event{name: "workflow_dispatch"}, "minimal:pr12 (dev tag)", "crane of the release")
	wants(source+"/minimal/release:alpha", source+"/minimal/release:beta", source+"/minimal/release:stable",
		source+"/minimal/release:v0.1.0", source+"/minimal:v0.1.0") // without main and pr12
	ok("build.yml", tag, "changed=false") // all that the version names is there
}

// TestGitHubSSH builds with a key for a source repository: an agent has it while
// modship runs, and nobody sees it.
func TestGitHubSSH(t *testing.T) {
	t.Parallel()
	needProgram(t, "ssh-agent")
	f := newForge(t, "minimal")
	file := filepath.Join(f.dir, "key")
	writeSSHKey(t, file)
	key, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	public := f.run(t, f.dir, "ssh-keygen", "-l", "-f", file)
	_, rest, _ := strings.Cut(public.stdout, "SHA256:")
	fingerprint, _, _ := strings.Cut(rest, " ")
	code, log := f.act(t, "ssh.yml", event{name: "push", secrets: map[string]string{"KEY": string(key)}})
	if code != 0 || fingerprint == "" {
		t.Fatalf("exit code %d, fingerprint %q\n%s", code, fingerprint, log)
	}
	f.checkLog(t, log, "SHA256:"+fingerprint, "bundle="+f.registry.Addr())
	for line := range strings.Lines(strings.TrimSpace(string(key))) {
		if strings.Contains(log, strings.TrimSpace(line)) {
			t.Fatalf("the key is in the log:\n%s", log)
		}
	}
	_, rest, _ = strings.Cut(log, "agent at ")
	socket, _, _ := strings.Cut(rest, " ")
	if _, err := os.Stat(socket); socket == "" || err == nil {
		t.Errorf("the agent at %q is left", socket)
	}
}

// checkLog asks for texts in the log of a run, and for no password.
func (f *forge) checkLog(t *testing.T, log string, contains ...string) {
	t.Helper()
	for _, text := range contains {
		if !strings.Contains(log, text) {
			t.Errorf("%q is not in the log:\n%s", text, log)
		}
	}
	if strings.Contains(log, ciPassword) {
		t.Errorf("the password is in the log")
	}
}

// checkPipeline runs the reference pipeline for the version that was published:
// it has to find everything as it would make it.
func (f *forge) checkPipeline(t *testing.T, source string) {
	t.Helper()
	h := newHome(t).with("MODULES_MODULE_TAG="+version, "MODULES_REGISTRY_LOGIN="+ciLogin, "MODULES_REGISTRY_PASSWORD="+ciPassword)
	h.modship(t, f.repo, "login", f.registry.Addr())
	before := f.snapshot(t)
	source = f.registry.Addr() + "/" + source
	report := h.werfBuild(t, f.repo, source+"/minimal")
	publishReport(t, report, shapeNamed("minimal"), source, crane.WithAuth(&authn.Basic{Username: ciLogin, Password: ciPassword}))
	if diff := cmp.Diff(before, f.snapshot(t)); diff != "" {
		t.Errorf("the reference pipeline changes what was published:\n%s", diff)
	}
}

// TestGitHubReusableWorkflows publishes and promotes two editions by the
// workflows that modules can call. Two runners share the build of each.
func TestGitHubReusableWorkflows(t *testing.T) {
	t.Parallel()
	f := newForge(t, "editions")
	f.locks = startLocks(t)
	f.git(t, "tag", "v0.1.0")
	tag := event{name: "push", payload: map[string]any{"ref": "refs/tags/v0.1.0"}}
	dispatch := event{name: "workflow_dispatch", inputs: map[string]string{"release_channel": "alpha", "tag": "v0.1.0"}}
	for _, run := range []struct {
		workflow string
		event    event
		contains []string
	}{
		// Those who publish find everything built.
		{"publish.yml", tag, []string{"Build ce (1 of 2)", "Build ce (2 of 2)", "Build ee (1 of 2)", "Build ee (2 of 2)", "| 5 reused in", "| 6 reused in"}},
		{"promote.yml", dispatch, nil},
	} {
		code, log := f.act(t, run.workflow, run.event)
		if code != 0 {
			t.Fatalf("%s: exit code %d\n%s", run.workflow, code, log)
		}
		f.checkLog(t, log, run.contains...)
	}
	var want []string
	for _, source := range []string{"ce", "fe"} {
		for _, rest := range []string{"/release:alpha", "/release:v0.1.0", ":v0.1.0"} {
			want = append(want, source+"/modules/editions"+rest)
		}
	}
	if diff := cmp.Diff(want, f.published(t)); diff != "" {
		t.Errorf("published (-want +got):\n%s", diff)
	}
}
