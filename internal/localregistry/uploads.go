package localregistry

import (
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// staleUpload is the age at which an unfinished upload is removed.
const staleUpload = 24 * time.Hour

// purgeUploads removes what interrupted uploads left in the directory.
// distribution has a purger of its own, but that one runs at a random minute
// and writes to logrus's global logger. What cannot be removed stays: it costs
// space, nothing else.
func purgeUploads(dir string, now time.Time) {
	root := filepath.Join(dir, "docker", "registry", "v2", "repositories")
	_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil || !entry.IsDir():
			return nil
		case entry.Name() == "_layers" || entry.Name() == "_manifests":
			return fs.SkipDir
		case filepath.Base(filepath.Dir(path)) != "_uploads":
			return nil
		}
		if info, err := entry.Info(); err == nil && now.Sub(info.ModTime()) > staleUpload {
			_ = os.RemoveAll(path) //nolint:gosec // the directory is the user's own
		}
		return fs.SkipDir
	})
}
