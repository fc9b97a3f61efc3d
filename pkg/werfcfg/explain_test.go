package werfcfg

import (
	"errors"
	"strings"
	"testing"

	"github.com/modship/modship/pkg/exit"
)

// The texts are werf's, shortened where a rendered configuration follows.
func TestExplain(t *testing.T) {
	for _, tt := range []struct{ name, werf, want, hint string }{
		{
			"variable that is not set",
			`unable to render werf config: template: werfConfig:17:24: executing "werfConfig" at <env "CI_COMMIT_REF_NAME">: error calling env: the environment variable "CI_COMMIT_REF_NAME" must be set or default must be provided`,
			"the environment variable CI_COMMIT_REF_NAME is not set, and werf.yaml needs it",
			`Set CI_COMMIT_REF_NAME (CI sets it), or give it a default in the template: env "CI_COMMIT_REF_NAME" "".`,
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
			"The check is the module's own: look for its text in werf.yaml and .werf.",
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
			"image new of werf.yaml is made from nothing: from is missing",
			"Add from: to it, with a reference, the name of another image, or scratch.",
		},
		{
			"unknown field",
			"unknown fields: `frmo`!\n\n/tmp/werf-config-render-1\n\n    79  image: new\n",
			"werf.yaml has a field that this version of werf does not know: `frmo`",
			"Remove the field or correct its spelling.",
		},
		{
			"broken YAML",
			"yaml: line 165: mapping values are not allowed in this context",
			"werf.yaml is no valid YAML once it is rendered: line 165: mapping values are not allowed in this context",
			"The line is of the rendered text, which `werf config render` shows.",
		},
		{
			"anything else loses the rendered configuration",
			"conflict between images!\n\n/tmp/werf-config-render-1\n\n    secrets: [value: hunter2]\n",
			"read werf.yaml: conflict between images!",
			"",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := explain(errors.New(tt.werf))
			if err.Error() != tt.want {
				t.Errorf("message\n got %s\nwant %s", err, tt.want)
			}
			if hint := exit.HintOf(err); hint != tt.hint {
				t.Errorf("hint\n got %s\nwant %s", hint, tt.hint)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %s", err)
			}
		})
	}
}
