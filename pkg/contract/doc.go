// Package contract holds the numbered rules that decide whether the consumers
// of a published DKP module can use it: the DKP controller, d8 mirror, lib-helm
// and the documentation site.
//
// The rules run where they can: [CheckRepository] on a repository before the
// build, [CheckImages] on built images before they are published,
// [CheckPublished], [CheckChannel] and [CheckModule] on what is published, and
// [CheckPromotion] before a channel is moved. Each returns the violations it
// finds; [Failed] reports whether one of them breaks a consumer. An error means
// that the registry could not be read. A [Reader] reads the registry; the
// session of package publish is one.
//
// The numbers are those of docs/contract.md, which is generated from [Rules].
package contract
