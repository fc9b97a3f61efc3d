package settings

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const projectText = `name: from-file
defaultTarget: dev
targets:
  dev: {source: registry.example.com/dev}
  ee:
    source: registry.example.com/ee
    environment: {MODULE_EDITION: ee}
    secondaryRepositories: [registry.example.com/dev/echo]
  bad: {source: "${NO_SUCH}/x"}
environment:
  MODULE_EDITION: ce
  SOURCE_REPO: https://robot:${CI_JOB_TOKEN}@git.example.com
secondaryRepositories: [registry.example.com/ci/echo, registry.example.com/dev/echo]
waivedRules: [{rule: 17, reason: unused}]
`

func TestResolveByFile(t *testing.T) {
	for _, tc := range []struct {
		name               string
		env                map[string]string
		in                 Input
		source, module     Value
		notes              int
		secondary, exports string // space separated
		errorHas           string
	}{
		{
			name: "default target", env: map[string]string{"CI_JOB_TOKEN": "s3cret"},
			source:    Value{"registry.example.com/dev", "modship.yaml:4, target dev"},
			module:    Value{"from-file", "modship.yaml:1"},
			secondary: "registry.example.com/ci/echo registry.example.com/dev/echo",
			exports:   "MODULE_EDITION=ce SOURCE_REPO=https://robot:s3cret@git.example.com",
		},
		{
			name: "chosen target", in: Input{Target: "ee", Name: "echo"}, env: map[string]string{"CI_JOB_TOKEN": "x"},
			source: Value{"registry.example.com/ee", "modship.yaml:6, target ee"}, module: Value{"echo", "--name"},
			secondary: "registry.example.com/dev/echo registry.example.com/ci/echo",
			exports:   "MODULE_EDITION=ee SOURCE_REPO=https://robot:x@git.example.com",
		},
		{
			name: "chosen by the environment", env: map[string]string{EnvTarget: "ee", EnvSource: "registry.example.com/other", "CI_JOB_TOKEN": "x", EnvName: "echo"},
			source: Value{"registry.example.com/ee", "modship.yaml:6, target ee"}, module: Value{"echo", EnvName}, notes: 1,
			secondary: "registry.example.com/dev/echo registry.example.com/ci/echo",
			exports:   "MODULE_EDITION=ee SOURCE_REPO=https://robot:x@git.example.com",
		},
		{
			name: "the environment wins over the default target", env: map[string]string{EnvSource: "registry.example.com/other", "MODULE_EDITION": "be", "SOURCE_REPO": ""},
			source: Value{"registry.example.com/other", EnvSource}, module: Value{"from-file", "modship.yaml:1"},
			secondary: "registry.example.com/ci/echo registry.example.com/dev/echo",
			exports:   "MODULE_EDITION=be SOURCE_REPO=",
		},
		{
			name: "own repository", in: Input{Name: "echo"}, env: map[string]string{"CI_JOB_TOKEN": "x"},
			source: Value{"registry.example.com/dev", "modship.yaml:4, target dev"}, module: Value{"echo", "--name"},
			secondary: "registry.example.com/ci/echo",
			exports:   "MODULE_EDITION=ce SOURCE_REPO=https://robot:x@git.example.com",
		},
		{
			name: "--source wins", in: Input{Target: "ee", Source: "r.example.com/x/"}, env: map[string]string{EnvSource: "a/b", "CI_JOB_TOKEN": "x"},
			source: Value{"r.example.com/x", "--source"}, module: Value{"from-file", "modship.yaml:1"},
			secondary: "registry.example.com/dev/echo registry.example.com/ci/echo",
			exports:   "MODULE_EDITION=ee SOURCE_REPO=https://robot:x@git.example.com",
		},
		{name: "a variable that is not set", errorHas: "modship.yaml:12: value of SOURCE_REPO: the variable CI_JOB_TOKEN is not set"},
		{
			name: "a conflict", in: Input{Target: "ee"}, env: map[string]string{"MODULE_EDITION": "ce", "CI_JOB_TOKEN": "x"},
			errorHas: "modship.yaml:7, target ee: MODULE_EDITION is set to another value in the environment",
		},
		{name: "unknown target", in: Input{Target: "eee"}, errorHas: `target from --target: modship.yaml defines no target "eee": did you mean "ee"?`},
		{name: "several", in: Input{Target: "ee,dev"}, errorHas: "ee,dev from --target names several targets: expected one"},
		{name: "source without its variable", in: Input{Target: "bad"}, errorHas: "modship.yaml:9: source of target bad: the variable NO_SUCH is not set"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, name := range []string{"CI_JOB_TOKEN", "MODULE_EDITION", "SOURCE_REPO", "NO_SUCH"} {
				t.Setenv(name, "")
				if err := os.Unsetenv(name); err != nil {
					t.Fatal(err)
				}
			}
			dir := newModule(t, tc.env)
			write(t, filepath.Join(dir, "modship.yaml"), projectText)
			s, err := Resolve(context.Background(), tc.in)
			var exports map[string]string
			if err == nil {
				exports, err = s.Exports()
			}
			if tc.errorHas != "" {
				if err == nil || !strings.Contains(err.Error(), tc.errorHas) {
					t.Fatalf("error %v, want one with %q", err, tc.errorHas)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if s.Source != tc.source || s.Name != tc.module || len(s.Notes) != tc.notes {
				t.Errorf("source %v, name %v, notes %q", s.Source, s.Name, s.Notes)
			}
			secondary, err := s.SecondaryRepositories()
			if got := strings.Join(secondary, " "); err != nil || got != tc.secondary {
				t.Errorf("secondary repositories %s, %v, want %s", got, err, tc.secondary)
			}
			want := map[string]string{EnvTag: "main", EnvName: tc.module.Value, EnvSource: tc.source.Value}
			for pair := range strings.FieldsSeq(tc.exports) {
				name, value, _ := strings.Cut(pair, "=")
				want[name] = value
			}
			if diff := cmp.Diff(want, exports); diff != "" {
				t.Errorf("exports (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]int{17}, s.WaivedRules()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestVariablesHideSecrets: values that are shown to people.
func TestVariablesHideSecrets(t *testing.T) {
	dir := newModule(t, map[string]string{"CI_JOB_TOKEN": "s3cret"})
	write(t, filepath.Join(dir, "modship.yaml"), projectText)
	s, err := Resolve(context.Background(), Input{})
	if err != nil {
		t.Fatal(err)
	}
	want := []Variable{
		{Name: "MODULE_EDITION", Value: Value{"ce", "modship.yaml:11"}, Shown: "ce"},
		{Name: "SOURCE_REPO", Value: Value{"https://robot:s3cret@git.example.com", "modship.yaml:12"}, Shown: "(not shown)"},
	}
	if diff := cmp.Diff(want, s.Variables, cmpopts.EquateErrors()); diff != "" {
		t.Error(diff)
	}
}

// TestResolveChannelsOfFile: a channel that the module does not use is a mistake.
func TestResolveChannelsOfFile(t *testing.T) {
	dir := newModule(t, nil)
	write(t, filepath.Join(dir, "modship.yaml"), "channels: [alpha, stable]\n")
	if _, err := Resolve(context.Background(), Input{Channels: []string{"alpha", "stable"}}); err != nil {
		t.Error(err)
	}
	_, err := Resolve(context.Background(), Input{Channels: []string{"beta"}})
	if want := "release channel beta from --channel: modship.yaml:1 lists the channels of the module without it"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestResolveInvalidFile(t *testing.T) {
	dir := newModule(t, nil)
	write(t, filepath.Join(dir, "modship.yaml"), "targts: {}\n")
	for name, resolve := range map[string]func(context.Context, Input) (*Settings, error){"Resolve": Resolve, "ResolveTarget": ResolveTarget} {
		if _, err := resolve(context.Background(), Input{}); err == nil || !strings.Contains(err.Error(), `modship.yaml:1:1: unknown key "targts"`) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
