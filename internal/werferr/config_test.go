package werferr

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/modship/modship/internal/werfsrc"
)

// echo are the templates that the texts are about.
var echo = werfsrc.Project{FS: fstest.MapFS{
	"werf.yaml":              {Data: []byte("project: echo\n")},
	"base_images.yml":        {Data: []byte("REGISTRY_PATH: r\nbuilder/toolbox: toolbox:1\n")},
	".werf/base-images.yaml": {Data: []byte("# bases\n{{- $all := .Files.Get \"base_images.yml\" | fromYaml }}\n")},
	".werf/bundle.yaml":      {Data: []byte("---\nimage: bundle\nfrom: {{ index $.Images \"builder/toolbox\" }}\nimport:\n- image: {{ index $.Images \"nope\" }}\n")},
	".werf/more.yaml":        {Data: []byte("image: a\n---\nimage: \"b\"\n---\nimage: [other, bundle]\n")},
}}

// The texts are werf's, shortened where a rendered configuration follows.
func TestConfig(t *testing.T) {
	for _, tt := range []struct{ name, werf, want, hint string }{
		{
			"variable that is not set",
			`unable to render werf config: template: werfConfig:17:24: executing "werfConfig" at <env "CI_COMMIT_REF_NAME">: error calling env: the environment variable "CI_COMMIT_REF_NAME" must be set or default must be provided`,
			"the environment variable CI_COMMIT_REF_NAME is not set, and werf.yaml needs it",
			`Set CI_COMMIT_REF_NAME (CI sets it), or give a default in the template: env "CI_COMMIT_REF_NAME" "".`,
		},
		{
			"edition",
			`template: werfConfig:4:6: executing "werfConfig" at <fail "Editions name not found">: error calling fail: Editions name not found` + "\n\nUse --debug to get more details.",
			"werf.yaml needs an edition: Editions name not found",
			"Give the edition with --env NAME or WERF_ENV, for example --env CE.",
		},
		{
			"check of the module",
			"executing \"werfConfig\" at <fail \"x\">: error calling fail: no proxy is given\n\nUse --debug",
			"werf.yaml refuses what it was given: no proxy is given",
			"The check is the module's own: werf.yaml or .werf.",
		},
		{
			"no commit",
			"unable to get git repo head commit: git get refs from HEAD command failed: error running command \"/usr/bin/git show-ref --head\": exit status 1\nStdout:\n\nStderr:\n",
			"the git repository has no commit yet",
			"Commit the module: git add -A && git commit.",
		},
		{
			"submodule",
			"cannot update submodules: submodule update command failed: exit status 1\nStderr:\nSubmodule 'sub' (http://127.0.0.1:1/sub.git) registered for path 'sub'\nfatal: unable to access 'http://127.0.0.1:1/sub.git/': Failed to connect",
			"a git submodule cannot be fetched: http://127.0.0.1:1/sub.git/",
			"Check the address in .gitmodules and that this machine may read it; `git submodule update --init --recursive` shows the cause.",
		},
		{
			"image without a base",
			"`from: DOCKER_IMAGE`, `fromImage: IMAGE_NAME`, `fromArtifact: IMAGE_ARTIFACT_NAME` required!\n\n/tmp/werf-config-render-1\n\n    79  image: new\n    80  \n",
			"image new is made from nothing: from is missing",
			"Add from to it in werf.yaml: a reference, the name of another image, or scratch.",
		},
		{
			"unknown field",
			"unknown fields: `frmo`!\n\n/tmp/werf-config-render-1\n\n    79  image: new\n",
			"image new has a field that this version of werf does not know: frmo",
			"Did you mean from? Remove it or correct its spelling, in werf.yaml.",
		},
		{
			"broken YAML",
			"yaml: line 165: mapping values are not allowed in this context",
			"werf.yaml is not valid once it is rendered: line 165: mapping values are not allowed in this context",
			"The line is of the rendered text, which `werf config render` shows.",
		},
		{
			"required, in a template that another one renders",
			"unable to render werf config: template: werfConfig:16:3: executing \"werfConfig\" at <tpl (.Files.Get \".werf/release.yaml\") $>: error calling tpl: template: tpl-138:7:3: executing \"tpl-138\" at <required \"give a thing\" .Values.thing>: error calling required: give a thing\nUse --debug --debug-templates (or $WERF_DEBUG) to get more details about this error.",
			"werf.yaml refuses what it was given: give a thing",
			"The check is the module's own: .werf/release.yaml, line 7.",
		},
		{
			"any other error of a template",
			"unable to render werf config: template: werfConfig:16:3: executing \"werfConfig\" at <index $.Nope \"a\">: error calling index: index of untyped nil\nUse --debug --debug-templates (or $WERF_DEBUG) to get more details about this error.",
			"a template of werf.yaml fails: index of untyped nil",
			"Look at werf.yaml, line 16.",
		},
		{
			"a broken file that a template reads",
			"unable to render werf config: template: werfConfig:12:3: executing \"werfConfig\" at <tpl (.Files.Get \".werf/base-images.yaml\") $>: error calling tpl: template: tpl-537:2:49: executing \"tpl-537\" at <fromYaml>: error calling fromYaml: yaml: line 1: did not find expected node content\nUse --debug",
			"base_images.yml is not valid YAML: line 1: did not find expected node content",
			"It is read by .werf/base-images.yaml, line 2.",
		},
		{
			"import of a key that is not there",
			"image \"<no value>\" not found!\n\n/tmp/werf.rendered.yaml\n\n   106  image: bundle\n   107  from: scratch\n   108  import:\n   109    - image: <no value>\n",
			`image bundle imports from "<no value>": a template looked up a key that is not there`,
			`Correct the key "nope" in .werf/bundle.yaml, or add it to the file that the template reads (base_images.yml).`,
		},
		{
			"two images of one name",
			"conflict between images names!\n\n/tmp/werf.rendered.yaml\n\n   106  image: bundle\n   107  from: scratch\n\n/tmp/werf.rendered.yaml\n\n   163  image: [other, bundle]\n   164  from: scratch\n",
			"two images of werf.yaml are named bundle",
			"Rename or remove one of them: they come from .werf/bundle.yaml and .werf/more.yaml.",
		},
		{
			"circle, as the graph tells it",
			"infinite loop detected: app -> b -> a -> b\n",
			"these images need each other in a circle, so none of them can be built: a -> b -> a",
			"Remove one of the imports, dependencies or from lines between them, in .werf/more.yaml.",
		},
		{
			"several files that are not committed",
			"the following untracked files must be committed:\n\n - templates/a\n - templates/b\n - c\n - d\n\nYou may be interested in the development mode",
			"templates/a, templates/b, c and 1 more are not committed: werf builds the commit, not the work tree",
			"Commit them, or build with --dev (or --loose-giterminism) while you work on them.",
		},
		{
			"a partial clone",
			"unable to create git archive: git checkout failed: exit status 128\nfatal: '/nosuch' does not appear to be a git repository\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.\nfatal: could not fetch 2aef22b8 from promisor remote\n",
			"objects are missing in this partial clone, and git cannot fetch them: '/nosuch' does not appear to be a git repository",
			"Clone without --filter (GitHub: no filter in actions/checkout), or complete this clone: git fetch --refetch --no-filter origin.",
		},
		{
			"a submodule",
			"the submodule \"lib\" is not clean and must be committed. Do not forget to push\n\nYou may be interested in the project git repository",
			"submodule lib differs from the commit: werf builds the commit, not the work tree",
			"Commit and push the changes in it, or discard them: git submodule update --init lib.",
		},
		{
			"anything else loses the rendered configuration",
			"conflict between images!\n\n/tmp/werf-config-render-1\n\n    secrets: [value: hunter2]\n",
			"read werf.yaml: conflict between images!",
			"",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := config(t, errors.New(tt.werf), ConfigOptions{Project: echo})
			if err.Error() != tt.want {
				t.Errorf("message\n got %s\nwant %s", err, tt.want)
			}
			if hint := err.Hint; hint != tt.hint {
				t.Errorf("hint\n got %s\nwant %s", hint, tt.hint)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %s", err)
			}
		})
	}
}

func config(t *testing.T, err error, opts ConfigOptions) *Error {
	t.Helper()
	var e *Error
	if !errors.As(Config(err, opts), &e) {
		t.Fatalf("%v is not explained", err)
	}
	return e
}

// TestForbiddenVariables: the variables that giterminism would forbid next are
// named with the first.
func TestForbiddenVariables(t *testing.T) {
	project := werfsrc.Project{FS: fstest.MapFS{
		"werf.yaml":             {Data: []byte(`{{ env "FIRST" }}{{ env "ALLOWED" }}{{ env "SECOND" }}`)},
		"werf-giterminism.yaml": {Data: []byte("config: {goTemplateRendering: {allowEnvVariables: [ALLOWED]}}\n")},
	}}
	err := config(t, errors.New(`unable to render werf config: error calling env: env name "SECOND" not allowed by giterminism`), ConfigOptions{Project: project})
	const want = "werf.yaml reads the environment variables SECOND and FIRST, which werf-giterminism.yaml does not allow"
	if err.Message != want || !strings.HasPrefix(err.Hint, "Add SECOND and FIRST to config.goTemplateRendering.allowEnvVariables") {
		t.Errorf("got %s (%s)\nwant %s", err.Message, err.Hint, want)
	}
}
