package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/ci"
)

// recorded reads the environment of a pipeline in testdata/ci, NAME=value. $DIR
// stands for dir.
func recorded(t *testing.T, name, dir string) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "ci", name+".env"))
	if err != nil {
		t.Fatal(err)
	}
	var env []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			env = append(env, strings.ReplaceAll(line, "$DIR", dir))
		}
	}
	return env
}

// TestPagesOfCISystems runs the lines of each page of docs/ci in the recorded
// environment of a pull request: it is published under pr12.
func TestPagesOfCISystems(t *testing.T) {
	t.Parallel()
	f := newForge(t, "minimal")
	const install = "curl -fsSL https://github.com/modship/modship/releases/latest/download/install.sh | sh"
	lines := []string{install, "modship login", "modship publish"}
	properties := map[string]string{
		"teamcity.build.properties":  "teamcity.configuration.properties.file=" + filepath.Join(f.dir, "teamcity.config.properties") + "\n",
		"teamcity.config.properties": "teamcity.build.branch=pull/12\nvcsroot.url=https\\://git.example.com/acme/minimal.git\n",
	}
	for name, text := range properties {
		if err := os.WriteFile(filepath.Join(f.dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, system := range []string{"forgejo", "jenkins", "teamcity", "buildkite", "woodpecker", "other"} {
		page, err := os.ReadFile(filepath.Join("..", "docs", "ci", system+".md"))
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range lines {
			if !strings.Contains(string(page), line+"\n") {
				t.Errorf("docs/ci/%s.md does not have the line %q", system, line)
			}
		}
		script := strings.ReplaceAll(strings.Join(lines, "\n"), "https://github.com/modship/modship/releases", f.releases.URL)
		bin := filepath.Join(f.dir, "bin-"+system)
		source := f.registry.Addr() + "/" + system
		h := f.with(recorded(t, system, f.dir)...).with(
			"MODULES_MODULE_SOURCE="+source, "MODULES_REGISTRY_LOGIN="+ciLogin, "MODULES_REGISTRY_PASSWORD="+ciPassword,
			"MODSHIP_BASE_URL="+f.releases.URL, "MODSHIP_INSTALL_DIR="+bin, "PATH="+bin+":"+pathWithout("modship"),
			"WERF_INSECURE_REGISTRY=1", "MODSHIP_DOTENV="+filepath.Join(f.dir, system+".out"),
		)
		got := h.run(t, f.repo, "sh", "-euc", script)
		if got.code != 0 {
			t.Fatalf("%s: exit code %d\n%s%s", system, got.code, got.stdout, got.stderr)
		}
		f.checkLog(t, got.stdout+got.stderr)
		out, err := os.ReadFile(filepath.Join(f.dir, system+".out"))
		if err != nil || !strings.Contains(string(out), "MODSHIP_BUNDLE="+source+"/minimal:pr12@sha256:") {
			t.Errorf("%s: %v, the dotenv report is\n%s", system, err, out)
		}
	}
}

// TestWerfCIEnv compares the variables that modship sets in CI with those of
// werf's own command.
func TestWerfCIEnv(t *testing.T) {
	needBuilds(t)
	t.Parallel()
	f := newForge(t, "minimal")
	for recording, system := range map[string]string{"github": "github", "gitlab": "gitlab", "gitlab-tag": "gitlab"} {
		env := recorded(t, recording, "")
		values := map[string]string{}
		for _, entry := range env {
			name, value, _ := strings.Cut(entry, "=")
			values[name] = value
		}
		if recording == "gitlab" {
			// What the official templates have set by then.
			env = append(env, "WERF_REPO=registry.gitlab.example.com/acme/minimal/minimal")
			values["WERF_REPO"] = "registry.gitlab.example.com/acme/minimal/minimal"
		}
		file := filepath.Join(t.TempDir(), "env")
		f.with(env...).with("MODULES_MODULE_TAG="+version).werf(t, f.repo, "ci-env", system, "--as-env-file", "--output-file-path", file, "--login-to-registry=false")
		var got []string
		for _, v := range ci.WerfVariables(func(name string) string { return values[name] }) {
			got = append(got, v.From+"="+v.Value)
		}
		slices.Sort(got)
		if diff := cmp.Diff(werfVariables(t, file), got); diff != "" {
			t.Errorf("%s (-werf +modship):\n%s", recording, diff)
		}
	}
}

// werfVariables reads what `werf ci-env` wrote, without the variables that modship
// decides itself and without those that the tests set for werf.
func werfVariables(t *testing.T, file string) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for line := range strings.Lines(string(data)) {
		name, _, ok := strings.Cut(strings.TrimSpace(line), "=")
		if ok && !strings.HasPrefix(line, "#") && !slices.Contains([]string{"DOCKER_CONFIG", "WERF_DOCKER_CONFIG", "WERF_REPO"}, name) {
			list = append(list, strings.TrimSpace(line))
		}
	}
	// The test's werf has this one set to "off" already.
	list = append(list, "WERF_LOG_COLOR_MODE=on")
	slices.Sort(list)
	return list
}
