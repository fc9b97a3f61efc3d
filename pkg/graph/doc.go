// Package graph models a DKP module as a graph: its images, what they are built
// from (base images, files of git repositories, build contexts), and what is
// published (bundle, release image, registration tag, channels).
//
// Begin with [NewBuilder]: add nodes and edges in any order and call
// [Builder.Build]; pkg/werfcfg does so for a werf.yaml. Then ask: what an image
// needs ([Graph.Closure]), what needs it ([Graph.Dependents]), what publishing
// is about ([Graph.Published]), what a change rebuilds ([Affected]), and what is
// wrong ([Problems], [Graph.Cycle]). The sub-package render draws a graph.
//
// The package reads no files and talks to no registry; it knows werf and DKP by
// the kinds of nodes and edges and by the rules behind [Affected] and
// [Problems].
//
// Everything that leaves the package is in a stable order (by id), without
// duplicates, whatever the order in which it went in.
package graph
