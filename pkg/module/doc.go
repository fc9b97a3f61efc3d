// Package module knows what a DKP module is: its name and tags, its release
// channels, the files that describe it, where each of its artifacts lives in a
// registry, and how clusters upgrade from one version to another. It uses
// neither the network nor the file system.
//
// Begin with [NewRepository], which returns the references of everything that
// belongs to a module. [Upgrade] answers whether clusters on one version reach
// another. The Parse functions read module.yaml, version.json,
// images_digests.json and extra_images.json as their consumers do.
//
// The facts come from the consumers of published modules: the DKP controller,
// d8 mirror and lib-helm. Comments name the file that a fact is from.
package module
