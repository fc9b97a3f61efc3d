package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/settings"
)

// clearSettings makes the settings of the machine that tests run on invisible.
func clearSettings(t *testing.T) {
	t.Helper()
	for _, name := range []string{
		settings.EnvTag, settings.EnvChannel, settings.EnvSource, settings.EnvName, settings.EnvProgress,
		settings.EnvRegistry, settings.EnvLogin, settings.EnvPassword, "WERF_REPO", "CI_COMMIT_TAG", "GITHUB_REF_NAME",
	} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", t.TempDir())
	t.Setenv(settings.EnvHome, filepath.Join(t.TempDir(), "modship"))
}

// env runs `modship env` and returns what it prints.
func env(t *testing.T, args ...string) string {
	t.Helper()
	return envWith(t, "", args...)
}

// envWith is env in a repository with that modship.yaml.
func envWith(t *testing.T, project string, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "modship.yaml"), []byte(project), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "werf.yaml"), []byte("project: echo\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	var out, errOut bytes.Buffer
	args = append([]string{"env", "--name", "echo", "--tag", "dev", "--source", "r.example.com/modules"}, args...)
	if code := Run(t.Context(), args, &out, &errOut); code != 0 {
		t.Fatalf("exit code %d: %s", code, errOut.String())
	}
	return out.String()
}

func TestEnvTellsOfLoginAndDisplay(t *testing.T) {
	for _, tc := range []struct {
		name string
		env  map[string]string
		want []settingJSON
	}{
		{"nothing set", nil, []settingJSON{
			{"login", "none", "MODULES_REGISTRY_LOGIN, MODULES_REGISTRY_PASSWORD are not set, and no configuration of Docker or Podman has one"},
			{"progress", "auto", "default"},
		}},
		{"for the module source", map[string]string{settings.EnvLogin: "robot", settings.EnvPassword: "s3cret", settings.EnvProgress: "plain"}, []settingJSON{
			{"login", "set for r.example.com", "MODULES_REGISTRY_LOGIN and MODULES_REGISTRY_PASSWORD"},
			{"progress", "plain", "MODSHIP_PROGRESS"},
		}},
		{"for another registry", map[string]string{settings.EnvRegistry: "other.example.com", settings.EnvLogin: "robot", settings.EnvPassword: "s3cret"}, []settingJSON{
			{"login", "none", "MODULES_REGISTRY_LOGIN, MODULES_REGISTRY_PASSWORD are for other.example.com"},
			{"progress", "auto", "default"},
		}},
		{"half", map[string]string{settings.EnvLogin: "robot"}, []settingJSON{
			{"login", "none", "only one of MODULES_REGISTRY_LOGIN, MODULES_REGISTRY_PASSWORD is set"},
			{"progress", "auto", "default"},
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			clearSettings(t)
			for name, value := range tc.env {
				t.Setenv(name, value)
			}
			text := env(t, "--format", "json")
			if strings.Contains(text, "s3cret") || strings.Contains(text, "robot") {
				t.Errorf("the login is shown:\n%s", text)
			}
			var list, got []settingJSON
			if err := json.Unmarshal([]byte(text), &list); err != nil {
				t.Fatal(err)
			}
			for _, s := range list {
				if s.Name == "login" || s.Name == "progress" {
					got = append(got, s)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEnvHidesLoginsInAddresses(t *testing.T) {
	for value, want := range map[string]string{
		"user:s3/cret@r.example.com/x":               "(login not shown)@r.example.com/x",
		"https://user:s3cret@r.example.com":          "https://(login not shown)@r.example.com",
		"r.example.com:5000/x@sha256:00":             "r.example.com:5000/x@sha256:00",
		"r.example.com/x,u:s3cret@o.example.com/y:t": "r.example.com/x,(login not shown)@o.example.com/y:t",
		"plain": "plain",
	} {
		if got := withoutLogin(value); got != want {
			t.Errorf("withoutLogin(%q) = %q, want %q", value, got, want)
		}
	}
}

func TestEnvShowsProjectFile(t *testing.T) {
	clearSettings(t)
	for name, value := range map[string]string{"JOB_TOKEN": "s3cret", "EDITION": "ce"} {
		t.Setenv(name, value)
	}
	got := envWith(t, `targets:
  dev: {source: r.example.com/dev, environment: {FLAVOUR: sweet}}
environment:
  EDITION: ee
  GOPROXY: https://robot:${JOB_TOKEN}@proxy.example.com
  REPO: ${NOT_SET_HERE}
files:
  - {url: "https://example.com/${EDITION}.yml", path: base_images.yml}
secondaryRepositories: [r.example.com/ci/echo]
channels: [alpha, stable]
waivedRules: [{rule: 17, reason: not used}]
`, "--target", "dev", "--source", "", "--format", "json")
	if strings.Contains(got, "s3cret") {
		t.Errorf("a secret is shown:\n%s", got)
	}
	var list, project []settingJSON
	if err := json.Unmarshal([]byte(got), &list); err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		if strings.Contains(s.From, "modship.yaml") || s.Name == "target" {
			project = append(project, s)
		}
	}
	want := []settingJSON{
		{"target", "dev", "--target"},
		{"source", "r.example.com/dev", "modship.yaml:2, target dev"},
		{"targets", "dev", "modship.yaml:2"},
		{"variable EDITION", "ce", "environment, not modship.yaml"},
		{"variable FLAVOUR", "sweet", "modship.yaml:2, target dev"},
		{"variable GOPROXY", "(not shown)", "modship.yaml:5"},
		{"variable REPO", "", "modship.yaml:6: value of REPO: the variable NOT_SET_HERE is not set: set it, or write ${NOT_SET_HERE:-default}"},
		{"file base_images.yml", "https://example.com/${EDITION}.yml", "modship.yaml:8"},
		{"secondary repository", "r.example.com/ci/echo", "modship.yaml"},
		{"channels of the module", "alpha,stable", "modship.yaml:10"},
		{"waived rule 17", "not used", "modship.yaml:11"},
	}
	if diff := cmp.Diff(want, project); diff != "" {
		t.Error(diff)
	}
}
