package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/modship/modship/internal/localregistry"
)

// TestGitRuns builds a new commit that changes few images: git answers each question
// once for all of them, and makes patches for those few only.
func TestGitRuns(t *testing.T) {
	needBuilds(t)
	t.Parallel()
	r := newRegistry(t, localregistry.Options{})
	r.pushBase(t)
	h := newHome(t)
	dir := shapeNamed("inlined").repo(t, r.Addr())
	build := []string{"build", "--source", r.source(), "--tag", "dev", "--format", "json"}
	h.modship(t, dir, build...)

	for _, args := range [][]string{{"add", "NOTES.md"}, {"-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-qm", "notes"}} {
		if err := os.WriteFile(filepath.Join(dir, "NOTES.md"), []byte("notes\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := h.run(t, dir, "git", args...); got.code != 0 {
			t.Fatal(got.stderr)
		}
	}
	trace := filepath.Join(t.TempDir(), "trace")
	rebuilt := strings.Count(h.with("GIT_TRACE="+trace).modship(t, dir, build...), `"rebuilt": true`)
	data, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	var ancestry []string
	shallow, patches := 0, 0
	for line := range strings.Lines(string(data)) {
		_, command, _ := strings.Cut(line, "built-in: git ")
		switch {
		case strings.HasPrefix(command, "merge-base --is-ancestor"):
			ancestry = append(ancestry, command)
		case strings.HasPrefix(command, "rev-parse --is-shallow-repository"):
			shallow++
		case strings.HasPrefix(command, "diff --full-index"):
			patches++
		}
	}
	if len(ancestry) == 0 {
		t.Error("git was not asked about ancestors: this test proves nothing")
	}
	if patches > 2*rebuilt {
		t.Errorf("git compared all files %d times, with %d images rebuilt", patches, rebuilt)
	}
	slices.Sort(ancestry)
	if n := len(ancestry); n != len(slices.Compact(ancestry)) {
		t.Errorf("git was asked %d times about ancestors, more than once for a pair of commits", n)
	}
	if shallow > 2 {
		t.Errorf("git was asked %d times whether the clone is shallow, want at most 2: for the note, and for the build", shallow)
	}
	t.Logf("%d images rebuilt, %d patches, %d questions about ancestors, %d about depth", rebuilt, patches, len(ancestry), shallow)
}
