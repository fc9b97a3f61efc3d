// Package ci knows CI systems: what each says about the run ([Detect]), and how
// each wants to be told about the outcome ([Reporter]: folded logs, annotations,
// summaries, outputs).
package ci
