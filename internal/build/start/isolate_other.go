//go:build !linux

package start

import "errors"

// IsolateOptions says where the program's own container storage is.
type IsolateOptions struct {
	StorageDir string // images and containers, kept between runs
	Optional   bool   // the program can go on without
}

// Isolate fails: Buildah exists on Linux only.
func Isolate(IsolateOptions) error {
	return errors.New("embedded Buildah works on Linux only; use a Docker daemon")
}

// Stage does nothing: there are no namespaces to set up.
func Stage() {}
