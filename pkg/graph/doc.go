// Package graph holds what a module is made of as a graph, the questions asked
// of it (what does this need, what needs it, what is the longest way through
// it, what does a change affect), its pictures, and a scheduler that walks such
// a graph with a limited number of workers.
//
// The package knows nothing of containers, registries or werf: a node is a name
// with a kind, a task is an id with a duration. That is what makes it possible
// to test the scheduler on toy graphs.
//
// Everything that leaves the package is in a stable order (by id), without
// duplicates, whatever the order in which it went in.
//
// # The schedule
//
// [Schedule] is list scheduling: whenever a worker is free and a task is ready,
// the worker gets it, and of several ready tasks the one with the longest way
// to the end, by expected durations, goes first. Two things follow. No worker
// is ever idle while something is ready, so a run takes at most
//
//	W/m + (1 - 1/m) * CP
//
// with W the work of all tasks, m the workers and CP the longest path (Graham
// 1966); the tests check that on thousands of random graphs. And with roughly
// right durations a run is within a few percent of [LowerBound], which no
// schedule can beat; going level by level, as werf 2 does, takes 1.2 to 2.1
// times as long ([SimulateBarrier], BenchmarkMakespan). Wrong durations cost
// little: they decide only the order of what is ready.
//
// One goroutine, the caller's, owns all state of a schedule; each running task
// has one of its own that does nothing but call the function given and hand
// over the result. The channel for results has room for all of them, so none
// can be left behind.
//
// More workers, shorter tasks or fewer edges can make a list schedule longer
// (Graham's anomalies). Tests therefore compare with bounds, never one run with
// another.
//
// # The pictures
//
// [WriteSVG] and [WriteHTML] use the sub-package layout. Graphviz compiled to
// WebAssembly was tried (go-graphviz 0.2.9): it draws as well, but adds seven
// modules and 8 MB to the program, and takes 200 times as long for 1,000 images.
package graph
