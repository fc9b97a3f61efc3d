package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modship/modship/internal/localregistry"
)

// TestWerfSettings runs modship with WERF_* variables that change what a build
// does, where werf's command line has built before in another repository.
func TestWerfSettings(t *testing.T) {
	needBuilds(t)
	t.Parallel()
	s := shapeNamed("minimal")
	r := newRegistry(t, localregistry.Options{})
	r.pushBase(t)
	dir := s.repo(t, r.Addr())
	ci := r.Addr() + "/ci/" + s.name
	inCI := byWerf(t, s, dir, ci)

	report := filepath.Join(t.TempDir(), "report.json")
	h := newHome(t).with(
		"WERF_SECONDARY_REPO_1="+ci,
		"WERF_ADD_CUSTOM_TAG_1=custom-%image%",
		"WERF_SAVE_BUILD_REPORT=1", "WERF_BUILD_REPORT_PATH="+report,
		"WERF_PARALLEL_TASKS_LIMIT=1", "WERF_LOG_VERBOSE=1",
	)
	built := fromJSON(t, h.modship(t, dir, "build", "--source", r.source(), "--tag", version, "--format", "json", "--progress", "quiet"))
	for name, image := range built {
		if image.Rebuilt || tagOf(image.Ref) != tagOf(inCI[name].Ref) {
			t.Errorf("image %s was not taken from the secondary repository: %+v, there it is %+v", name, image, inCI[name])
		}
	}
	if tags := strings.Join(r.snapshot(t), "\n"); !strings.Contains(tags, "modules/minimal:custom-bundle "+built["bundle"].Digest) {
		t.Errorf("the custom tag of the bundle is not on %s:\n%s", built["bundle"].Digest, tags)
	}
	text, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	if got := fromReport(t, text)["bundle"]; got != built["bundle"] {
		t.Errorf("the report says of the bundle %+v, want %+v", got, built["bundle"])
	}

	// What is required to be built is, here; in an empty repository it is not.
	h = newHome(t).with("WERF_REQUIRE_BUILT_IMAGES=1")
	h.modship(t, dir, "build", "--source", r.source(), "--tag", version)
	got := h.run(t, dir, "modship", "build", "--source", r.Addr()+"/empty", "--tag", version)
	if got.code != 5 || !strings.Contains(got.stderr, "hint: --require-built-images is set") {
		t.Errorf("exit code %d, want 5 and why:\n%s", got.code, got.stderr)
	}
}

func tagOf(ref string) string { return ref[strings.LastIndexByte(ref, ':')+1:] }
