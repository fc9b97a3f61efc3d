package projectfile

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestParse(t *testing.T) {
	const text = `# comment
name: echo
defaultTarget: dev
targets:
  dev: {source: registry.example.com/dev/modules}
  prod:
    source: registry.example.com/ee/modules
    environment: {MODULE_EDITION: ee, DEBUG: false, GO: 1.20}
    secondaryRepositories: [registry.example.com/dev/modules/echo]
environment:
  BASE_IMAGES_VERSION: v0.5.61
  SOURCE_REPO: https://gitlab-ci-token:${CI_JOB_TOKEN}@git.example.com
files:
  - url: https://example.com/${BASE_IMAGES_VERSION}/base_images.yml
    path: base_images.yml
    sha256: 0000000000000000000000000000000000000000000000000000000000000000
channels: [alpha, stable]
waivedRules:
  - {rule: 17, reason: "no cluster reads it"}
secondaryRepositories:
`
	want := &File{
		Name: "echo", DefaultTarget: "dev",
		Targets: map[string]Target{
			"dev": {Source: "registry.example.com/dev/modules"},
			"prod": {
				Source:                "registry.example.com/ee/modules",
				Environment:           Environment{"MODULE_EDITION": "ee", "DEBUG": "false", "GO": "1.20"},
				SecondaryRepositories: []string{"registry.example.com/dev/modules/echo"},
			},
		},
		Environment: Environment{"BASE_IMAGES_VERSION": "v0.5.61", "SOURCE_REPO": "https://gitlab-ci-token:${CI_JOB_TOKEN}@git.example.com"},
		Files: []Download{{
			URL: "https://example.com/${BASE_IMAGES_VERSION}/base_images.yml", Path: "base_images.yml",
			SHA256: "0000000000000000000000000000000000000000000000000000000000000000",
		}},
		Channels:    []string{"alpha", "stable"},
		WaivedRules: []Waiver{{Rule: 17, Reason: "no cluster reads it"}},
	}
	got, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(File{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for place, path := range map[string][]string{
		"modship.yaml:7":  {"targets", "prod", "source"},
		"modship.yaml:11": {"environment", "BASE_IMAGES_VERSION"},
		"modship.yaml:14": {"files", "0"},
		"modship.yaml":    {"files", "7"},
	} {
		if at := got.At(path...); at != place {
			t.Errorf("At(%q) = %s, want %s", path, at, place)
		}
	}
}

func TestParseProblems(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"unknown key", "targts:\n  dev: {}\n", `modship.yaml:1:1: unknown key "targts": did you mean "targets"?`},
		{
			"unknown key below", "targets:\n  dev:\n    source: a/b\n    env: {}\n",
			`modship.yaml:4:5: unknown key "env" in targets.dev: expected one of environment, secondaryRepositories, source`,
		},
		{
			"unknown key in a list", "files:\n  - url: https://x\n    path: a\n    sha265: x\n",
			`modship.yaml:4:5: unknown key "sha265" in files[0]: did you mean "sha256"?`,
		},
		{"missing key", "waivedRules:\n  - rule: 3\n", `modship.yaml:2:5: waivedRules[0] needs reason`},
		{"type", "targets: [dev]\n", `modship.yaml:1:10: targets is a list: expected a mapping`},
		{"environment of lists", "environment:\n  A: [1]\n", `modship.yaml:2:6: environment.A is a list: expected text or a number or true or false`},
		{"environment without a value", "environment:\n  A:\n", `modship.yaml:2:5: environment.A is empty: expected text or a number or true or false`},
		{"enum", "channels:\n  - alpha\n  - stabel\n", `modship.yaml:3:5: channels[1] is "stabel": did you mean "stable"?`},
		{"pattern", "files:\n  - {url: ftp://x, path: a}\n", `modship.yaml:2:11: files[0].url is "ftp://x": expected an address that begins with https:// or http://`},
		{"checksum", "files:\n  - {url: https://x, path: a, sha256: ABC}\n", `modship.yaml:2:39: files[0].sha256 is "ABC": expected 64 hexadecimal digits in lower case`},
		{"empty", "name: ''\n", `modship.yaml:1:7: name is empty`},
		{"minimum", "waivedRules:\n  - {rule: 0, reason: x}\n", `modship.yaml:2:12: waivedRules[0].rule is too small: expected at least 1`},
		{"a list", "- a\n", `modship.yaml:1:1: modship.yaml is a list: expected a mapping`},
		{"twice", "name: a\nname: b\n", `modship.yaml:2:1: name is defined twice: first in line 1`},
		{"alias", "name: &a x\ndefaultTarget: *a\n", `modship.yaml:2:16: aliases are not supported: write the value out`},
		{"not YAML", "name: [\n", `modship.yaml:1: not valid YAML: did not find expected node content`},
		{"default target", "targets: {dev: {source: a/b}}\ndefaultTarget: dv\n", `modship.yaml:2:16: defaultTarget: there is no target "dv": did you mean "dev"?`},
		{"target name", "targets: {'a,b': {source: a/b}}\n", `modship.yaml:1:18: a target name has no comma: --target takes a list`},
		{"path", "files:\n  - {url: https://x, path: ../a}\n", `modship.yaml:2:28: ../a is outside of the project directory`},
		{"variable", "environment: {A-B: 1}\n", `modship.yaml:1:20: "A-B" is not a name of a variable`},
		{
			"werf's variable", "environment: {WERF_ENV: x}\n",
			`modship.yaml:1:25: WERF_ENV is a setting of the program, not a variable of the templates: set it in the environment of the run`,
		},
		{"our variable", "environment: {MODULES_MODULE_TAG: x}\n", `modship.yaml:1:35: MODULES_MODULE_TAG is decided by modship: use targets and name`},
		{
			"secret", "environment: {CI_JOB_TOKEN: abc}\n",
			"modship.yaml:1:29: CI_JOB_TOKEN looks like a secret, which does not belong into a committed file: name a variable, for example ${CI_JOB_TOKEN:-}",
		},
		{
			"password", "environment: {GOPROXY: 'https://u:abc@x'}\n",
			`modship.yaml:1:24: the address holds a password, which does not belong into a committed file: write ${NAME} in its place`,
		},
		{
			"all of them", "nam: x\ntargets: {dev: {}}\n",
			"modship.yaml:1:1: unknown key \"nam\": did you mean \"name\"?\nmodship.yaml:2:16: targets.dev needs source",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse([]byte(tt.text))
			if _, ok := errors.AsType[*Error](err); !ok {
				t.Fatalf("error %v, want an *Error", err)
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseNothing(t *testing.T) {
	for _, text := range []string{"", "# only a comment\n", "---\n", "targets:\nfiles:\n"} {
		if got, err := Parse([]byte(text)); err != nil || len(got.Targets) > 0 {
			t.Errorf("Parse(%q) = %+v, %v", text, got, err)
		}
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	if got, err := Read(dir); err != nil || got.Name != "" {
		t.Errorf("without a file: %+v, %v", got, err)
	}
	if err := os.WriteFile(filepath.Join(dir, FileName), []byte("name: echo\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got, err := Read(dir); err != nil || got.Name != "echo" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestTarget(t *testing.T) {
	file, err := Parse([]byte("targets:\n  dev: {source: a/b}\n  prod: {source: a/c}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := file.Target("prod"); err != nil || got.Source != "a/c" {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = file.Target("prd")
	if want := `modship.yaml defines no target "prd": did you mean "prod"?`; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	_, err = (&File{}).Target("prd")
	if want := `there is no target "prd": modship.yaml defines no targets`; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestExpand(t *testing.T) {
	variables := map[string]string{"A": "x", "EMPTY": ""}
	lookup := func(name string) (string, bool) { v, ok := variables[name]; return v, ok }
	for value, want := range map[string]string{
		"plain": "plain", "${A}/y": "x/y", "$A": "x", "${NONE:-z}": "z", "${EMPTY:-z}": "z", "${EMPTY}": "", "${A:-z}": "x", "1$$": "1$",
	} {
		if got, err := Expand(value, lookup); err != nil || got != want {
			t.Errorf("Expand(%q) = %q, %v; want %q", value, got, err, want)
		}
	}
	var unset *UnsetError
	if _, err := Expand("${NONE}", lookup); !errors.As(err, &unset) || unset.Name != "NONE" {
		t.Errorf("error %v", err)
	}
}
