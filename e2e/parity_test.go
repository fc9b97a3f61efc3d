package e2e

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/crane"

	"github.com/modship/modship/internal/localregistry"
	"github.com/modship/modship/internal/werfcli/peer"
)

// version is the module tag of the tests.
const version = "v0.1.0"

// TestParityWithWerf builds every shape with one of modship and werf's command
// line and then with the other, in the same repository of a registry, each
// with a home of its own: the second finds all there is and rebuilds nothing.
// The shapes take turns in who is first.
func TestParityWithWerf(t *testing.T) {
	needBuilds(t)
	t.Parallel()
	for i, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			first, second := byWerf, byModship
			if i%2 == 1 {
				first, second = second, first
			}
			checkParity(t, s, first, second)
		})
	}
}

// TestParityWithWerfTurned has the other one first, for the example.
func TestParityWithWerfTurned(t *testing.T) {
	needBuilds(t)
	t.Parallel()
	checkParity(t, shapeNamed("echo"), byModship, byWerf)
}

func checkParity(t *testing.T, s shape, first, second tool) {
	r := newRegistry(t, localregistry.Options{})
	r.pushBase(t)
	dir := s.repo(t, r.Addr())
	built := first(t, s, dir, r.source()+"/"+s.name)
	if len(built) != s.images {
		t.Errorf("%d images were built, want %d: %v", len(built), s.images, slices.Sorted(maps.Keys(built)))
	}
	found := second(t, s, dir, r.source()+"/"+s.name)
	for name, image := range found {
		if image.Rebuilt {
			t.Errorf("image %s was rebuilt", name)
		}
	}
	if diff := cmp.Diff(withoutRebuilt(built), found); diff != "" {
		t.Errorf("images (-first +second):\n%s", diff)
	}
}

func withoutRebuilt(images map[string]reported) map[string]reported {
	out := map[string]reported{}
	for name, image := range images {
		image.Rebuilt = false
		out[name] = image
	}
	return out
}

// A tool builds a module into a repository with a new home.
type tool func(t *testing.T, s shape, dir, repo string) map[string]reported

func byWerf(t *testing.T, s shape, dir, repo string) map[string]reported {
	t.Helper()
	h := newHome(t).with(s.env...).with("MODULES_MODULE_TAG="+version, "WERF_FINAL_IMAGES_ONLY=true")
	return fromReport(t, h.werfBuild(t, dir, repo))
}

func byModship(t *testing.T, s shape, dir, repo string) map[string]reported {
	t.Helper()
	h := newHome(t).with(s.env...)
	out := h.modship(t, dir, "build", "--source", filepath.Dir(repo), "--tag", version, "--format", "json", "--progress", "quiet")
	return fromJSON(t, out)
}

// TestParityWithThePipeline runs the reference pipeline (werf's command line
// and what crane does after it) and modship publish on the same commit and
// repository: the second of them changes no tag.
func TestParityWithThePipeline(t *testing.T) {
	needBuilds(t)
	t.Parallel()
	s := shapeNamed("echo")
	for _, order := range []struct {
		name          string
		first, second publisher
	}{
		{"pipeline first", byPipeline, byPublish},
		{"modship first", byPublish, byPipeline},
	} {
		t.Run(order.name, func(t *testing.T) {
			t.Parallel()
			r := newRegistry(t, localregistry.Options{})
			r.pushBase(t)
			dir := s.repo(t, r.Addr())
			order.first(t, s, dir, r.source())
			before := r.snapshot(t)
			order.second(t, s, dir, r.source())
			if diff := cmp.Diff(before, r.snapshot(t)); diff != "" {
				t.Errorf("tags and digests of the registry (-first +second):\n%s", diff)
			}
		})
	}
}

// A publisher builds and publishes a module with a new home.
type publisher func(t *testing.T, s shape, dir, source string)

// byPipeline does what the official CI action does.
func byPipeline(t *testing.T, s shape, dir, source string) {
	t.Helper()
	h := newHome(t).with(s.env...).with("MODULES_MODULE_TAG=" + version)
	report := h.werfBuild(t, dir, source+"/"+s.name)
	publishReport(t, report, s, source)
}

// publishReport does what the pipeline does with werf's build report.
func publishReport(t *testing.T, report []byte, s shape, source string, opts ...crane.Option) {
	t.Helper()
	if err := peer.Publish(t.Context(), report, source, s.name, version, peer.PublishOptions{Crane: opts}); err != nil {
		t.Fatal(err)
	}
	if err := peer.Promote(t.Context(), source, s.name, version, "alpha", peer.PublishOptions{Crane: opts}); err != nil {
		t.Fatal(err)
	}
}

// byPublish is told what to do by the variables of the CI templates.
func byPublish(t *testing.T, s shape, dir, source string) {
	t.Helper()
	h := newHome(t).with(s.env...).with("MODULES_MODULE_SOURCE="+source, "MODULES_MODULE_NAME="+s.name,
		"MODULES_MODULE_TAG="+version, "RELEASE_CHANNEL=alpha")
	h.modship(t, dir, "publish", "--progress", "quiet")
}

// TestReport has modship's build report published by the second half of the
// reference pipeline: modship publish then finds its own work.
func TestReport(t *testing.T) {
	needBuilds(t)
	t.Parallel()
	s := shapeNamed("minimal")
	r := newRegistry(t, localregistry.Options{})
	r.pushBase(t)
	dir := s.repo(t, r.Addr())
	file := filepath.Join(t.TempDir(), "images_tags_werf.json")
	newHome(t).modship(t, dir, "build", "--source", r.source(), "--tag", version, "--report", file)
	report, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	publishReport(t, report, s, r.source())
	before := r.snapshot(t)
	byPublish(t, s, dir, r.source())
	if diff := cmp.Diff(before, r.snapshot(t)); diff != "" {
		t.Errorf("tags and digests of the registry (-crane +modship):\n%s", diff)
	}
}
