// Package publish is every byte that modship sends to or reads from a
// registry.
//
// A [Session] holds one connection pool and one token per registry. On it
// stand the verbs, one file each: [Session.Plan] and [Session.Apply] publish a
// module version, [Session.PlanPromote] and [Session.Promote] move release
// channels, [Session.Status] and [Session.History] tell what is there,
// [Session.PlanCopy] and [Session.Copy] carry a version to another source,
// [Session.PlanPrune] and [Session.Prune] remove what nobody needs.
//
// # Order of writes
//
// A version is written as release:<tag>, then <name>:<tag>, then the
// registration tag <source>:<name>; it is read back, and only then the
// channels follow, lowest first. The controller lists only the bundle
// repository, and a bundle tag without its release tag is "module is
// corrupted" to it, so whatever is interrupted at whatever moment leaves a
// registry in which every visible version can be consumed. Every step that is
// already done is left alone, therefore running again resumes.
//
// # Two at the same time
//
// A registry compares nothing when it writes. Publications and moves of channels
// are therefore entered as tags of the release repository before they are made
// ([History]), and whoever finds somebody else's entry after its own stops with
// an error of code exit.Violated.
//
// # Content
//
// Manifests are copied byte for byte with their media type: signatures, root
// hashes and digests in images_digests.json stay valid. An index goes with its
// children. Across repositories blobs are mounted, and uploaded only where the
// registry refuses to mount.
package publish
