// Package publish publishes module versions to an OCI registry and manages their
// release channels.
//
// Begin with [New] and a client of package remote. Each verb makes a [Plan] that
// can be shown, and [Publisher.Apply] does what the plan says:
//
//   - [Publisher.Plan] publishes a version and puts channels on it;
//   - [Publisher.PlanPromote] puts channels on a published version;
//   - [Publisher.PlanBack] returns a channel to its previous version;
//   - [Publisher.PlanCopy] carries a version to other sources.
//
// [Publisher.Status] and [Publisher.History] read the current state.
//
// # Order of writes
//
// A version is written as release:<tag>, then <name>:<tag>, then the
// registration tag <source>:<name>. It is read back, and only then the channels
// follow, lowest first. The controller lists only the bundle repository, and a
// bundle tag without its release tag is "module is corrupted" to it
// (deckhouse, module_release_fetcher.go). So whatever is interrupted at whatever
// moment leaves a registry in which every visible version can be consumed. What
// is written already is kept, therefore running again resumes.
//
// # Two runs at the same time
//
// A registry compares nothing when it writes. Publications and moves of channels
// are therefore entered as tags of the release repository before they are made
// ([History]). A run that finds the entry of another run after its own stops
// with a [*ConflictError].
//
// # Errors
//
// A plan that must not be applied has a [*RefusedError]. A version that does not
// exist is a [*NotPublishedError], and a plan that was overtaken before its first
// write an error of kind [ErrStale]: make it again.
package publish
