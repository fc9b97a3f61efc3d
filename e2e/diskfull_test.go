package e2e

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/modship/modship/internal/localregistry"
)

// TestDiskFull builds with a data directory of a few megabytes: one sentence,
// and nothing in the temporary directories.
func TestDiskFull(t *testing.T) {
	needBuilds(t)
	needProgram(t, "unshare")
	t.Parallel()
	r := newRegistry(t, localregistry.Options{})
	r.pushBase(t)
	h := newHome(t)
	dir := shapeNamed("minimal").repo(t, r.Addr())
	const script = `set -e
mkdir -p "$MODSHIP_HOME/data"
mount -t tmpfs -o size=3m tmpfs "$MODSHIP_HOME/data"
exec modship build --source "$0" --tag v0.1.0`
	got := h.run(t, dir, "unshare", "--mount", "sh", "-c", script, r.source())
	lines := strings.Split(strings.TrimSpace(got.stderr), "\n")
	if got.code != 1 {
		t.Fatalf("exit code %d, want 1:\n%s", got.code, got.stderr)
	}
	errors := slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return !strings.HasPrefix(line, "error: ") })
	if len(errors) != 1 || !strings.Contains(errors[0], "no space left on device") {
		t.Errorf("want one error that says so:\n%s", got.stderr)
	}
	if want := "hint: Free disk space; the program's own images are below the data directory that `modship env` shows."; lines[len(lines)-1] != want {
		t.Errorf("last line: %s\nwant: %s", lines[len(lines)-1], want)
	}
	for _, sub := range []string{"tmp", "modship/state/run"} {
		checkEmpty(t, filepath.Join(h.dir, sub))
	}
}
