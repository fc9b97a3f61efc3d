// Package baseimage makes the base image on which the examples and the tests
// of this repository build: one static binary with a shell, the core utilities
// and jq (the Go module tools/toolbox), its links in /bin and a few
// files in /etc. It needs Go and nothing else, so a module builds on a machine
// that can pull from no registry.
//
// The image's tag is a digest of the sources of the toolbox, not of the
// binary: it can be written into a committed werf.yaml, and it stays the same
// when another Go release compiles the same sources to other bytes. A change
// of the sources gives a new tag, which matters because Buildah keeps a base
// image under its name and would not pull a changed one again.
package baseimage
