// Package start is what a program that drives Buildah must do before anything
// else, in the init of a package. It is free of werf, so that the peer of the
// tests can share it.
//
// Buildah and its storage do some of their work in children of the same
// executable, up to ten for a shell instruction. Two things are done for them:
//
//   - A child of a shell instruction has to enter new namespaces by itself, which
//     containers/storage does in a C constructor that a program without cgo lacks.
//   - The helper program of internal/build/helper takes the child's place, if it
//     is there: what the libraries of werf initialise is most of the time of such a
//     child, and none of its work.
//
// A package is initialised as soon as its imports are, in the order of their
// paths. This one comes before nearly all others, as long as it imports nothing
// that is later itself: os, os/signal and syscall are early, os/exec and
// golang.org/x/sys/unix are not.
package start
