//go:build !linux

package werfenv

// detachInput does nothing: there is no Buildah here.
func detachInput() error { return nil }
