// Package module says what a DKP module is: its name and tags, its release
// channels, the files that describe it, and where each of its artifacts lives
// in a registry. It is pure: no network, no file system.
//
// The facts come from the consumers of published modules: the DKP controller,
// d8 mirror and lib-helm.
package module
