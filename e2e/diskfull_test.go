package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/modship/modship/pkg/registry"
)

// TestDiskFull builds with a data directory of a few megabytes: one sentence,
// and nothing in the temporary folders.
func TestDiskFull(t *testing.T) {
	needBuilds(t)
	needProgram(t, "unshare")
	t.Parallel()
	r := newRegistry(t, registry.Options{})
	r.pushBase(t)
	h := newHome(t)
	dir := shapeNamed("minimal").repo(t, r.Addr())
	const script = `set -e
mkdir -p "$MODSHIP_HOME/data"
mount -t tmpfs -o size=3m tmpfs "$MODSHIP_HOME/data"
exec modship build --source "$0" --tag v0.1.0`
	got := h.run(t, dir, "unshare", "--mount", "sh", "-c", script, r.source())
	lines := strings.Split(strings.TrimSpace(got.stderr), "\n")
	if got.code != 1 || len(lines) < 2 {
		t.Fatalf("exit code %d, want 1:\n%s", got.code, got.stderr)
	}
	message, hint := lines[len(lines)-2], lines[len(lines)-1]
	if !strings.HasPrefix(message, "error: ") || !strings.Contains(message, "no space left on device") {
		t.Errorf("message: %s", message)
	}
	if want := "hint: Free disk space; the program's own images are below the data folder that `modship env` shows."; hint != want {
		t.Errorf("hint: %s", hint)
	}
	for _, sub := range []string{"tmp", "modship/state/run"} {
		checkEmpty(t, filepath.Join(h.dir, sub))
	}
}
