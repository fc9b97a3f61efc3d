package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modship/modship/internal/localregistry"
)

// TestHostCleanup builds where the disk is fuller than allowed: as with werf,
// stages leave the container storage, and what was built is in the registry.
func TestHostCleanup(t *testing.T) {
	needBuilds(t)
	t.Parallel()
	r := newRegistry(t, localregistry.Options{})
	r.pushBase(t)
	h := newHome(t)
	dir := shapeNamed("minimal").repo(t, r.Addr())
	full := []string{"WERF_ALLOWED_BACKEND_STORAGE_VOLUME_USAGE=0", "WERF_ALLOWED_BACKEND_STORAGE_VOLUME_USAGE_MARGIN=0"}
	build := []string{"build", "--source", r.source(), "--tag", "dev", "--format", "json"}

	h.with(full...).modship(t, dir, build...)
	if stages := storedImages(t, h, r.source()); len(stages) == 0 {
		t.Fatal("no stage is in the storage after a build: this test proves nothing")
	}
	h.with("WERF_DISABLE_AUTO_HOST_CLEANUP=0").with(full...).modship(t, dir, build...)
	if left := storedImages(t, h, r.source()); len(left) > 0 {
		t.Errorf("stages are left in the storage after the cleanup: %v", left)
	}
	if again := h.modship(t, dir, build...); strings.Contains(again, `"rebuilt": true`) {
		t.Errorf("after the cleanup images are built again:\n%s", again)
	}
}

// storedImages are the names of the images in the program's storage that come
// from repositories below source.
func storedImages(t *testing.T, h *home, source string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(h.dir, "modship/data/containers/lib/storage/overlay-images/images.json"))
	if err != nil {
		t.Fatal(err)
	}
	var images []struct{ Names []string }
	if err := json.Unmarshal(text, &images); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, image := range images {
		for _, name := range image.Names {
			if strings.HasPrefix(name, source+"/") {
				names = append(names, name)
			}
		}
	}
	return names
}
