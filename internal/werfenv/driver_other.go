//go:build !linux

package werfenv

// noOverlay returns "": there is no Buildah here.
func noOverlay() string { return "" }
