// Package localregistry is the embedded container registry: distribution v3 with
// its filesystem driver, served on a loopback address of this machine.
//
// It exists so that a module can be built and published with nothing
// installed. It is a real registry, the code Docker's own image runs, so what
// works against it works elsewhere: blobs belong to repositories, mounts are
// checked, manifests with missing blobs are refused. Deleting is enabled.
//
// The package writes nothing to the process's output, sends no telemetry and
// changes no global state.
package localregistry
