// Package schedule runs tasks that need each other with a limited number of
// workers, works out beforehand how long that takes, and says afterwards where
// the time went. It knows nothing of containers: a task is an id, the ids it
// needs, and an expected duration.
//
// Begin with [Do], which calls a function for each task. [Simulate] and
// [TimeLeft] predict a run, [LowerBound] says what no schedule can beat, and
// [Analyze] finds the critical path of a [Run] that took place.
//
// # How it schedules
//
// Do is a list scheduler: whenever a worker is free and a task is ready, the
// task runs; among ready tasks, the one with the longest remaining path by
// expected durations goes first. Two things follow. No worker is idle while a
// task is ready, so a run takes at most
//
//	W/m + (1 - 1/m) * CP
//
// with W the work of all tasks, m the workers and CP the longest path (Graham
// 1966); the tests check that on thousands of random graphs. And with roughly
// right durations a run is within a few percent of [LowerBound]; going level by
// level, as werf 2 does, takes 1.2 to 2.1 times as long ([SimulateBarrier],
// BenchmarkMakespan). Wrong durations cost little: they decide only the order
// of ready tasks.
//
// One goroutine, the caller's, owns all state of a schedule. Each running task
// has a goroutine that calls the function and hands over the result; the
// channel for results has room for all of them, so none can be left behind.
//
// More workers, shorter tasks or fewer needs can make a list schedule longer
// (Graham's anomalies). Tests therefore compare with bounds, never one run with
// another.
package schedule
