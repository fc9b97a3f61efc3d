package e2e

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/modship/modship/internal/localregistry"
)

// watched is a round of `modship publish --watch --format json`.
type watched struct {
	Round    int
	Changed  []string
	ExitCode int
	Rebuilt  []string
	Bundle   string
}

// TestWatch saves files beside a running `publish --watch`: what is saved is
// published, a build that fails does not end it, an interrupt does.
func TestWatch(t *testing.T) {
	needBuilds(t)
	t.Parallel()
	r := newRegistry(t, localregistry.Options{})
	r.pushBase(t)
	h := newHome(t).with("USER=tester")
	dir := shapeNamed("minimal").repo(t, r.Addr())
	cmd := h.command(t, dir, "modship", "publish", "--watch", "--dev", "--source", r.source(), "--format", "json", "--progress", "plain")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = nil
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	next := func() (w watched) {
		t.Helper()
		if !lines.Scan() {
			t.Fatalf("it ended: %v", lines.Err())
		}
		if err := json.Unmarshal(lines.Bytes(), &w); err != nil {
			t.Fatalf("%s: %v", lines.Bytes(), err)
		}
		return w
	}
	first := next()
	if first.ExitCode != 0 || first.Bundle == "" || len(first.Changed) > 0 {
		t.Fatalf("the first round: %+v", first)
	}
	readme := filepath.Join(dir, "docs", "README.md")
	writeFile(t, readme, "# Saved\n")
	second := next()
	if second.ExitCode != 0 || second.Bundle == first.Bundle || !slices.Equal(second.Changed, []string{"docs/README.md"}) || !slices.Equal(second.Rebuilt, []string{"bundle"}) {
		t.Errorf("the second round: %+v, after %+v", second, first)
	}
	config := filepath.Join(dir, "werf.yaml")
	good, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, config, "broken: [")
	if failed := next(); failed.ExitCode == 0 || failed.Bundle != "" {
		t.Errorf("the round with a broken file: %+v", failed)
	}
	writeFile(t, config, string(good))
	if fixed := next(); fixed.ExitCode != 0 || fixed.Bundle != second.Bundle {
		t.Errorf("the round after: %+v, want the bundle of %+v", fixed, second)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-ended:
		if code := cmd.ProcessState.ExitCode(); code != 130 {
			t.Errorf("exit code %d, want 130", code)
		}
	case <-time.After(30 * time.Second):
		_ = cmd.Process.Kill()
		t.Error("it does not end on an interrupt")
	}
}
