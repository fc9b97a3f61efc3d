package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/modship/modship/internal/baseimage/modulerepo"
	"github.com/modship/modship/internal/localregistry"
	"github.com/modship/modship/pkg/schedule"
)

// failingChains lets the second image of chain a fail while the first of the
// others are asleep for minutes.
func failingChains(t *testing.T, dir string) {
	t.Helper()
	file := filepath.Join(dir, "werf.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const sleep = `    - sleep {{ mul $length $unit }}ms` + "\n"
	if !strings.Contains(string(text), sleep) {
		t.Fatalf("%s does not sleep", file)
	}
	failing := strings.Replace(string(text), sleep,
		`    - {{ if eq $chain "a" }}{{ if eq $i 1 }}exit 7{{ else }}sleep 0{{ end }}{{ else }}sleep 300{{ end }}`+"\n", 1)
	if err := os.WriteFile(file, []byte(failing), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := modulerepo.Commit(t.Context(), dir, "Fail"); err != nil {
		t.Fatal(err)
	}
}

// TestFailureEndsTheRest: a failed image ends the shells of the others, the
// report names what was not built, and a second run goes on where it stopped.
func TestFailureEndsTheRest(t *testing.T) {
	needBuilds(t)
	t.Parallel()
	r := newRegistry(t, localregistry.Options{})
	r.pushBase(t)
	h := newHome(t)
	dir := shapeNamed("chains").repo(t, r.Addr())
	failingChains(t, dir)

	res := h.run(t, dir, "modship", "build", "--source", r.source(), "--tag", "dev", "--progress", "json")
	ended := time.Now()
	if res.code != 5 {
		t.Fatalf("exit code %d, want 5:\n%s", res.code, res.stderr)
	}
	failed, states := readEvents(t, res.stderr)
	if took := ended.Sub(failed); took > endsWithin {
		t.Errorf("the build went on for %s after the failure", took)
	}
	for name, want := range map[string]schedule.State{"a1": schedule.Built, "a2": schedule.Failed, "b1": schedule.Canceled, "c1": schedule.Canceled} {
		if states[name] != want {
			t.Errorf("%s is %s, want %s", name, states[name], want)
		}
	}
	for _, want := range []string{"error: build: image a2, stage install: ", "canceled: b1", "not built, because a2 failed: a3"} {
		if !strings.Contains(res.stderr, want) {
			t.Errorf("%q is not in:\n%s", want, res.stderr)
		}
	}

	again := h.run(t, dir, "modship", "build", "--source", r.source(), "--tag", "dev", "--progress", "json")
	if _, states := readEvents(t, again.stderr); states["a1"] != schedule.Reused {
		t.Errorf("in the second run a1 is %s, want reused", states["a1"])
	}
}

// readEvents returns when an image failed and the last state of each.
func readEvents(t *testing.T, stderr string) (failed time.Time, last map[string]schedule.State) {
	t.Helper()
	last = map[string]schedule.State{}
	for line := range strings.SplitSeq(stderr, "\n") {
		var e schedule.Event
		if json.Unmarshal([]byte(line), &e) != nil || e.Name == "" {
			continue
		}
		last[e.Name] = e.State
		if e.State == schedule.Failed {
			failed = e.Time
		}
	}
	if failed.IsZero() {
		t.Fatalf("no image failed:\n%s", stderr)
	}
	return failed, last
}
