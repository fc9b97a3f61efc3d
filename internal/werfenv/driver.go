package werfenv

import (
	"fmt"
	"os"
	"slices"

	"github.com/werf/werf/v2/pkg/buildah"

	"github.com/modship/modship/internal/exit"
)

const envDriver = "WERF_BUILDAH_STORAGE_DRIVER"

// chooseStorageDriver makes Buildah copy images instead of mounting them, where
// the container storage is on a file system that overlay mounts cannot use, such
// as the root of a container. A driver that the user chose is kept.
func (p *Process) chooseStorageDriver(opts OpenOptions) error {
	overlay := string(buildah.StorageDriverOverlay)
	chosen := os.Getenv(envDriver)
	if !slices.Contains([]string{"", "auto", "default", overlay}, chosen) {
		return nil
	}
	reason := noOverlay()
	if reason == "" {
		return nil
	}
	if chosen == overlay {
		return exit.With(exit.Failed, fmt.Errorf("%s=%s cannot be used: %s", envDriver, chosen, reason),
			"Point MODSHIP_HOME to a volume, allow fuse-overlayfs, or unset "+envDriver+": images are then copied, which takes time and space.")
	}
	if opts.Note != nil {
		opts.Note("note: %s: images are copied for each stage (storage driver vfs), which takes time and space; point MODSHIP_HOME to a volume, or allow fuse-overlayfs", reason)
	}
	return p.variables.set(envDriver, string(buildah.StorageDriverVFS))
}
