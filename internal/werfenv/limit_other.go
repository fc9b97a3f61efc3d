//go:build !linux

package werfenv

// fixedProcessLimit returns false: there is no Buildah here.
func fixedProcessLimit() (limit uint64, fixed bool) { return 0, false }
