package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/modship/modship/internal/baseimage"
	"github.com/modship/modship/internal/baseimage/modulerepo"
)

// offlineJob is the main job on a new machine without any network, with
// nothing but the program's own registry: it is served to take the base image,
// and after that each command that needs it starts it for itself.
const offlineJob = `set -e
ip link set lo up
modship registry serve 2>/dev/null &
push-base ` + modulerepo.Registry + `
kill $!
wait $! || test $? = 143
modship publish --tag v0.1.0 --format json
modship promote --tag v0.1.0 --channel alpha
modship verify --channel alpha
modship status
`

// TestOffline does the main job with the embedded registry in a network of its
// own that has no other side.
func TestOffline(t *testing.T) {
	needBuilds(t)
	needProgram(t, "unshare")
	needProgram(t, "ip")
	t.Parallel()
	s := shapeNamed("minimal")
	dir := s.repo(t, modulerepo.Registry)
	source, err := baseimage.SourceDir(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	binary, err := baseimage.Compile(t.Context(), source, baseimage.CompileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	h := newHome(t).with(envToolbox+"="+source, envToolboxCache+"="+filepath.Dir(filepath.Dir(binary)))
	got := h.run(t, dir, "unshare", "--net", "sh", "-c", offlineJob)
	if got.code != 0 {
		t.Fatalf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	for _, want := range []string{
		`"repository": "127.0.0.1:5555/modules/minimal"`,
		"create 127.0.0.1:5555/modules/minimal/release:alpha",
		"127.0.0.1:5555/modules/minimal/release:alpha: consumers can read it",
		"alpha",
	} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("no %q in:\n%s%s", want, got.stdout, got.stderr)
		}
	}
}
