// Package graph holds what a module is made of as a graph, the questions asked
// of it (what does this need, what needs it, what is the longest way through
// it), its pictures, and a scheduler that walks such a graph with a limited
// number of workers.
//
// The package knows nothing of containers, registries or werf: a node is a name
// with a kind, a task is an id with a duration. That is what makes it possible
// to test the scheduler on toy graphs.
//
// Everything that leaves the package is in a stable order (by id), without
// duplicates, whatever the order in which it went in.
package graph
