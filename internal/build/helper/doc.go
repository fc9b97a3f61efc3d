// Package helper has the program that does the work of Buildah's helper
// processes: program, compiled for the platform and compressed. A binary has it
// if it was compiled with the build tag modship_helper after `task helper`, as
// `task build` does; one without does that work itself, each time with all that
// werf initialises.
//
// Package start imports this one, so that it must be initialised early.
package helper
