package start

import "strings"

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

// lightHelpers are the helpers that the helper program has. The others start
// rarely and need more of the storage's packages.
var lightHelpers = [...]string{
	"buildah-chroot-exec", "buildah-chroot-runtime", "buildah-copier",
	"chrootuser-open",
	"storage-applyLayer", "storage-tar", "storage-untar",
}

// Light tells whether the helper program does the work of a helper.
func Light(name string) bool {
	for _, helper := range lightHelpers {
		if name == helper {
			return true
		}
	}
	return false
}
