// Package werfsrc finds places in the files that werf.yaml is rendered from:
// where an image is defined, which environment variables are read, which keys
// name base images. It reads text; what a template means is for werf to decide.
package werfsrc
