package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// homeEnv is the environment of someone who never used modship or werf: the
// home is empty, there is no Docker daemon, git knows nobody. The directory is
// made if it is missing.
func homeEnv(dir string) ([]string, error) {
	for _, sub := range []string{"home", "tmp", "werf-storage"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return nil, err
		}
	}
	conf := filepath.Join(dir, "containers.conf")
	if err := os.WriteFile(conf, []byte("[network]\nnetwork_backend = \"cni\"\n"), 0o644); err != nil {
		return nil, err
	}
	return []string{
		"HOME=" + filepath.Join(dir, "home"),
		"TMPDIR=" + filepath.Join(dir, "tmp"),
		"DOCKER_HOST=unix://" + filepath.Join(dir, "no-docker.sock"),
		"MODSHIP_HOME=" + filepath.Join(dir, "modship"),
		// How full the disk of the machine is must not change a test.
		"WERF_DISABLE_AUTO_HOST_CLEANUP=1",
		// For the werf command line only; modship has its own storage and
		// finds the rest out by itself.
		"WERFCLI_STORAGE=" + filepath.Join(dir, "werf-storage"),
	}, nil
}

// werfEnv is what werf's command line has to be told and modship does not.
func werfEnv(home string) []string {
	return []string{
		"CONTAINERS_CONF_OVERRIDE=" + filepath.Join(home, "containers.conf"),
		"WERF_BUILDAH_MODE=auto",
		"WERF_SYNCHRONIZATION=:local",
		"WERF_INSECURE_REGISTRY=1",
		"WERF_TELEMETRY=0",
		"WERF_LOG_COLOR_MODE=off",
	}
}

// A home is one user's machine in a Go test.
type home struct {
	dir string
	env []string
}

func newHome(t testing.TB) *home {
	t.Helper()
	dir := t.TempDir()
	env, err := homeEnv(dir)
	if err != nil {
		t.Fatal(err)
	}
	return &home{dir: dir, env: append([]string{"PATH=" + os.Getenv("PATH")}, env...)}
}

// with returns the same home with more environment, NAME=value.
func (h *home) with(env ...string) *home {
	return &home{dir: h.dir, env: append(slices.Clone(h.env), env...)}
}

// A result is what a command came to.
type result struct {
	stdout, stderr string
	code           int
}

// command prepares a call in the directory dir.
func (h *home) command(t testing.TB, dir, program string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir, cmd.Env = dir, h.env
	return cmd
}

// run runs a command to its end, whatever that is.
func (h *home) run(t testing.TB, dir, program string, args ...string) result {
	t.Helper()
	cmd := h.command(t, dir, program, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// modship runs modship, which has to succeed, and returns its stdout.
func (h *home) modship(t testing.TB, dir string, args ...string) string {
	t.Helper()
	r := h.run(t, dir, "modship", args...)
	if r.code != 0 {
		t.Fatalf("modship %s: exit code %d\n%s%s", strings.Join(args, " "), r.code, r.stdout, r.stderr)
	}
	return r.stdout
}

// werf runs werf's command line, which has to succeed, and returns its stdout.
func (h *home) werf(t testing.TB, dir string, args ...string) string {
	t.Helper()
	r := h.with(werfEnv(h.dir)...).run(t, dir, "werf", args...)
	if r.code != 0 {
		t.Fatalf("werf %s: exit code %d\n%s%s", strings.Join(args, " "), r.code, r.stdout, r.stderr)
	}
	return r.stdout
}

// werfBuild builds with werf's command line and returns its build report.
func (h *home) werfBuild(t testing.TB, dir, repo string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.json")
	args := []string{"build", "--repo", repo, "--save-build-report", "--build-report-path", file}
	h.werf(t, dir, args...)
	report, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// checkEmpty complains of everything in a directory that a run should have removed.
func checkEmpty(t testing.TB, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Errorf("%s is left in %s", e.Name(), dir)
	}
}

// reported is an image as werf's build report and modship's JSON tell of it.
type reported struct {
	Ref, Digest string
	Rebuilt     bool
}

// fromReport reads werf's build report.
func fromReport(t testing.TB, report []byte) map[string]reported {
	t.Helper()
	var r struct {
		Images map[string]struct {
			DockerImageName, DockerImageDigest string
			Rebuilt                            bool
		}
	}
	if err := json.Unmarshal(report, &r); err != nil {
		t.Fatal(err)
	}
	images := map[string]reported{}
	for name, i := range r.Images {
		images[name] = reported{i.DockerImageName, i.DockerImageDigest, i.Rebuilt}
	}
	return images
}

// fromJSON reads the output of `modship build` or `publish --format json`.
func fromJSON(t testing.TB, text string) map[string]reported {
	t.Helper()
	var r struct {
		Images []struct {
			Name, Ref, Digest string
			Rebuilt           bool
		}
	}
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	images := map[string]reported{}
	for _, i := range r.Images {
		images[i.Name] = reported{i.Ref, i.Digest, i.Rebuilt}
	}
	return images
}
