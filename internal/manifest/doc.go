// Package manifest reads the Kubernetes objects of a rendered chart: their
// order, where each field was written, which images run in which container, and
// how two sets of objects differ.
package manifest
