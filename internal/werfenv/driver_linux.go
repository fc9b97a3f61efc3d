package werfenv

import (
	"os"

	"github.com/containers/storage/pkg/unshare"
	"github.com/werf/werf/v2/pkg/buildah"
)

// noOverlay returns why the container storage cannot be used with overlay mounts,
// "" when it can.
func noOverlay() string {
	// werf's own choice: mounts of the kernel, else fuse-overlayfs.
	store, err := buildah.NewNativeStoreOptions(unshare.GetRootlessUID(), buildah.StorageDriverOverlay)
	if err != nil {
		return "the file system of the container storage does not support overlay mounts and there is no fuse-overlayfs"
	}
	if len(store.GraphDriverOptions) == 0 {
		return ""
	}
	fuse, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0)
	if err != nil {
		return "the file system of the container storage does not support overlay mounts and fuse-overlayfs has no /dev/fuse"
	}
	fuse.Close()
	return ""
}
