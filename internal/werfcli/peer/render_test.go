package peer_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modship/modship/internal/werfcli/peer"
)

// TestRender checks that the modules need what modules need, and that werf
// says so: these are the cases for which modship has an error text.
func TestRender(t *testing.T) {
	werf := werf(t)
	for _, test := range []struct {
		name, module string
		env          []string
		missing      string // a file that is taken away
		want, not    string // in what werf prints or in its error
	}{
		{name: "no tag", module: "catalog", want: `environment variable "MODULES_MODULE_TAG" must be set`},
		{name: "no ref", module: "old-artifact", want: `environment variable "CI_COMMIT_REF_NAME" must be set`},
		{
			name: "no catalogue", module: "catalog", env: []string{"MODULES_MODULE_TAG=v1.0.0"}, missing: "base_images.yml",
			want: `base_images.yml`,
		},
		{
			name: "empty secret", module: "prepare-bundle", env: []string{"MODULES_MODULE_TAG=v1.0.0", "CI_JOB_TOKEN="},
			want: "secret should be defined as `env`, `src` or `value`",
		},
		{name: "no edition", module: "editions", want: `no edition ""`},
		{name: "small edition", module: "editions", env: []string{"WERF_ENV=CE"}, want: "image: controller", not: "image: audit"},
		{name: "large edition", module: "editions", env: []string{"WERF_ENV=EE"}, want: "image: audit"},
		{name: "whole catalogue", module: "catalog", env: []string{"MODULES_MODULE_TAG=v1.0.0"}, want: "image: builder/node-22.11"},
	} {
		t.Run(test.name, func(t *testing.T) {
			repo := materialise(t, "e2e/testdata/modules/"+test.module, "127.0.0.1:5555")
			if test.missing != "" {
				if err := os.Remove(filepath.Join(repo, test.missing)); err != nil {
					t.Fatal(err)
				}
			}
			text, err := werf.Run(t.Context(), repo, []string{"config", "render"}, peer.RunOptions{Env: test.env})
			if err != nil {
				text = err.Error()
			}
			if !strings.Contains(text, test.want) || (test.not != "" && strings.Contains(text, test.not)) {
				t.Errorf("want %q and not %q in:\n%s", test.want, test.not, text)
			}
		})
	}
}
