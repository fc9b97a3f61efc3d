// Package prune deletes dev tags and build stages that no published version of a
// module needs.
//
// Begin with [New] and a client of package remote. [Pruner.Plan] decides what
// goes and reads what stays: versions, channels, the images they name and
// everything attached to them. [Pruner.Apply] deletes what the plan lists, unless
// tags have appeared since.
package prune
