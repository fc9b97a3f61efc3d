//go:build unix

package werfenv

import "syscall"

// imageUmask gives the process the umask 022 until the result is called. werf
// and Buildah create files and directories of images by the process's umask, but
// the content digests of stages do not include it: with another one, an image
// would depend on who built it first.
func imageUmask() (restore func()) {
	before := syscall.Umask(0o022)
	return func() { syscall.Umask(before) }
}
