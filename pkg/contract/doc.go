// Package contract holds the numbered rules that decide whether the consumers
// of a published DKP module can consume it: the DKP controller, d8 mirror,
// lib-helm and the documentation site. The rules run where they can: on a
// repository before the build, on built images before they are published, on
// what is published, before a promotion, and on a plan of writes.
//
// The numbers are those of docs/contract.md, which is generated from [Rules].
package contract
