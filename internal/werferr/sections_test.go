package werferr

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/modship/modship/internal/werfsrc"
)

// catalogue is a module with images made of the keys in base_images.yml.
var catalogue = werfsrc.Project{FS: fstest.MapFS{
	"werf.yaml":                   {Data: []byte("project: echo\n")},
	"base_images.yml":             {Data: []byte("REGISTRY_PATH: r\ntools/jq: \"sha256:0000000000000000000000000000000000000000000000000000000000000001\"\nkmod: \"sha256:0000000000000000000000000000000000000000000000000000000000000002\"\n")},
	".werf/base-images.yaml":      {Data: []byte("image: {{ $name }}\n")},
	"images/parser/werf.inc.yaml": {Data: []byte("image: parser\nsecrets:\n- id: SOURCE_TOKEN\n  value: {{ env \"NO_SUCH_VARIABLE\" \"\" }}\n")},
	"images/kmod/werf.inc.yaml":   {Data: []byte("image: kmod\n")},
	"images/a/werf.inc.yaml":      {Data: []byte("image: a\nfrom: {{ env \"FIRST_ONE\" }}{{ env \"SECOND_ONE\" | quote }}{{ env \"OPTIONAL\" \"\" }}{{ env \"ALSO\" $.x }}\n")},
}}

var sections = map[string]map[string]any{
	"parser": {
		"image": "parser", "git": []any{map[string]any{"add": "/", "after": "install"}},
		"import":       []any{map[string]any{"image": "tools/yq"}},
		"dependencies": []any{map[string]any{"image": "nowhere"}},
		"secrets":      []any{map[string]any{"id": "SOURCE_TOKEN", "value": ""}},
	},
	"tools/jq": {"image": "tools/jq", "platform": []any{"linux/amd64"}},
}

const excerpt = "\n\n/tmp/werf.rendered.yaml\n\n   106  image: parser\n   107  shell: {install: [\"git submodule x: could not read y\", reference not found, s3cret]}\n"

func TestConfigNamesImageAndFile(t *testing.T) {
	for _, tt := range []struct{ name, werf, want, hint string }{
		{
			"an import of a key that the catalogue lacks", "image \"tools/yq\" not found!" + excerpt,
			`image parser imports from "tools/yq", which werf.yaml does not define`,
			`Did you mean "tools/jq"? Correct the name in images/parser/werf.inc.yaml.`,
		},
		{
			"one that is not near any", "image \"tools/busybox\" not found!" + excerpt,
			`image parser uses "tools/busybox", which werf.yaml does not define`,
			"Correct the name in images/parser/werf.inc.yaml, or add the key tools/busybox to base_images.yml: another version of that file may have it.",
		},
		{
			"a dependency", `invalid image platform cross-references: image="parser" platform="linux/amd64" requires dependency image="nowhere" platform="linux/amd64" which is not present in configuration`,
			`image parser depends on "nowhere", which werf.yaml does not define`,
			"Correct the name in images/parser/werf.inc.yaml, or add the key nowhere to base_images.yml: another version of that file may have it.",
		},
		{
			"another platform", `invalid image platform cross-references: image="parser" platform="linux/arm64" requires import image="tools/jq" platform="linux/arm64" which is not present in configuration`,
			"image parser needs image tools/jq for linux/arm64, which werf.yaml does not build it for",
			"Add linux/arm64 to platform of image tools/jq, in .werf/base-images.yaml.",
		},
		{
			"a field of an item of git", "unknown fields: `after`!\n\n    add: /\n    after: install\n" + excerpt,
			"image parser has a field in git that this version of werf does not know: after",
			"Remove it or correct its spelling, in images/parser/werf.inc.yaml.",
		},
		{
			"a secret without a value", "unable to load build secrets: secret should be defined as `env`, `src` or `value`\n\n    id: SOURCE_TOKEN\n" + excerpt + excerpt,
			"image parser: build secret SOURCE_TOKEN has no value",
			"Set NO_SUCH_VARIABLE (CI sets it); images/parser/werf.inc.yaml takes the value from there.",
		},
		{
			"several variables", `unable to render werf config: template: werfConfig:1:1: executing "werfConfig" at <env "FIRST_ONE">: error calling env: the environment variable "FIRST_ONE" must be set or default must be provided`,
			"the environment variable FIRST_ONE is not set, and werf.yaml needs it; it also reads SECOND_ONE, not set either",
			`Set FIRST_ONE and SECOND_ONE (CI sets them), or give a default in the template: env "FIRST_ONE" "".`,
		},
		{
			"an image of the module with the name of a key", "conflict between images names!\n\n/r\n\n   1  image: kmod\n   2  from: scratch\n\n/r\n\n   9  image: kmod\n",
			"two images of werf.yaml are named kmod",
			"Rename or remove one of them: they come from base_images.yml and images/kmod/werf.inc.yaml.",
		},
		{
			"any other error of a section", "`to: PATH` absolute path required for import!" + excerpt,
			"image parser of werf.yaml: `to: PATH` absolute path required for import",
			"Look at images/parser/werf.inc.yaml.",
		},
		{
			"a value that is quoted", "yaml: unmarshal errors:\n  line 107: cannot unmarshal !!str `s3cret` into config.rawShell" + excerpt,
			"image parser of werf.yaml is not valid once it is rendered: line 107: cannot unmarshal a !!str into config.rawShell",
			"Look at images/parser/werf.inc.yaml. The line is of the rendered text, which `werf config render` shows.",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := config(t, errors.New(tt.werf), ConfigOptions{Project: catalogue, Sections: func() map[string]map[string]any { return sections }})
			if err.Message != tt.want || err.Hint != tt.hint {
				t.Errorf("\n got %s\n     %s\nwant %s\n     %s", err.Message, err.Hint, tt.want, tt.hint)
			}
		})
	}
}

// What a check of the module says, or a parser quotes, may hold the value of a
// variable.
func TestConfigHidesVariables(t *testing.T) {
	project := werfsrc.Project{FS: fstest.MapFS{"werf.yaml": {Data: []byte(`{{ env "MODE" "" }}`)}}}
	t.Setenv("MODE", "main")
	t.Setenv("DEPLOY_TOKEN", "t0ps3cret-0123")
	t.Setenv("SHORT_TOKEN", "abc")
	err := config(t, errors.New("error calling fail: bad mode main of domain https://x:t0ps3cret-0123@host/abc\n"), ConfigOptions{Project: project})
	if want := "werf.yaml refuses what it was given: bad mode $MODE of domain https://x:$DEPLOY_TOKEN@host/abc"; err.Message != want {
		t.Errorf("got %q, want %q", err.Message, want)
	}
}

// Nothing can be corrected in an earlier commit.
func TestConfigOfAnEarlierCommit(t *testing.T) {
	err := config(t, errors.New("unknown fields: `frmo`!\n\n/r\n\n   1  image: side\n"), ConfigOptions{Commit: "0123456789abcdef"})
	if want := "commit 0123456789ab: image side has a field that this version of werf does not know: frmo"; err.Message != want {
		t.Errorf("got %q, want %q", err.Message, want)
	}
	if strings.Contains(err.Hint, "werf.yaml") {
		t.Errorf("hint: %s", err.Hint)
	}
}
