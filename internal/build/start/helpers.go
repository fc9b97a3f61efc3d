package start

import (
	"slices"
	"strings"
)

// helperPrefixes are how the names begin under which Buildah and its storage
// start this executable again as a helper.
var helperPrefixes = [...]string{"buildah-", "chrootuser-", "storage-"}

// IsHelper tells whether a process that was started under a name is one of
// Buildah's helpers.
func IsHelper(name string) bool {
	for _, prefix := range helperPrefixes {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// LightHelpers are the names of the helpers that the helper program has. The
// others start rarely and need more of the storage's packages.
func LightHelpers() []string {
	return []string{
		"buildah-chroot-exec", "buildah-chroot-runtime", "buildah-copier",
		"chrootuser-open",
		"storage-applyLayer", "storage-tar", "storage-untar",
	}
}

// isLight tells whether the helper program does the work of a helper.
func isLight(name string) bool { return slices.Contains(LightHelpers(), name) }
