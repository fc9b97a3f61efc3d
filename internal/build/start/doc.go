// Package start is what a program that drives Buildah must do before anything
// else. It is free of werf, so that the peer of the tests can share it.
//
// Importing it for its init is enough for shell instructions to work in a
// binary built with CGO_ENABLED=0: Buildah starts a child of the same
// executable that has to enter new namespaces by itself, which
// containers/storage does in a C constructor that a cgo-free binary lacks.
//
// [Isolate] puts the whole program into namespaces of its own, where the
// container storage is the program's and an ordinary user may run builds.
package start

import "syscall"

// Interrupt ends the program as SIGINT, SIGTERM and SIGHUP do. The process of
// an ordinary user that waits for the one in the namespaces passes those on as
// this: a terminal sends them to both, and werf lets the second of the kind end
// a process at once, with all its temporary files in place.
const Interrupt = syscall.SIGUSR1
