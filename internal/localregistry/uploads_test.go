package localregistry

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestStaleUploadsAreRemoved(t *testing.T) {
	dir := t.TempDir()
	repo := filepath.Join(dir, "docker", "registry", "v2", "repositories", "modules", "echo")
	stale, fresh := filepath.Join(repo, "_uploads", "a"), filepath.Join(repo, "_uploads", "b")
	layer := filepath.Join(repo, "_layers", "sha256", "c")
	for _, path := range []string{stale, fresh, layer} {
		if err := os.MkdirAll(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	old := time.Now().Add(-2 * staleUpload)
	for _, path := range []string{stale, layer} {
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	serve(t, Options{Dir: dir})
	for path, want := range map[string]bool{stale: false, fresh: true, layer: true} {
		if _, err := os.Stat(path); (err == nil) != want {
			t.Errorf("%s: there %v, want %v", path, err == nil, want)
		}
	}
}
