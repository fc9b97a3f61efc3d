// Package localregistry is the embedded container registry: distribution v3 with
// its filesystem driver, served on a loopback address of this machine.
//
// It lets a user build and publish a module with nothing installed. It is a real
// registry, with the code of Docker's registry image, so what works here works
// elsewhere: blobs belong to repositories, mounts are
// checked, manifests with missing blobs are refused. Deleting is enabled.
//
// The package writes nothing to the process's output, sends no telemetry and
// changes no global state.
package localregistry
