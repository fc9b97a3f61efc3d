//go:build !linux

package isolate

import "errors"

// Options says where the program's own container storage is.
type Options struct {
	StorageDir string // images and containers, kept between runs
	Optional   bool   // the program can go on without
}

// Enter fails: Buildah exists on Linux only.
func Enter(Options) error {
	return errors.New("embedded Buildah works on Linux only; use a Docker daemon")
}

// Stage does nothing: there are no namespaces to set up.
func Stage() {}
