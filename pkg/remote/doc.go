// Package remote is a client for OCI registries, made for many small requests
// to registries far away.
//
// Begin with [NewClient]. A [Client] logs in once for all repositories it is
// asked about ([Client.Login]), keeps its connections, tokens and the manifests
// it has read, limits the requests under way, and repeats what fails for a
// moment. [Client.Tags], [Client.Digest], [Client.Files] and [Client.Walk] read
// by reference text; [Client.Transfer] carries an image to another repository
// with everything it refers to, [Client.TransferAttached] its attestations and
// signatures, and [Client.PutManifest] writes a tag.
//
// # Content
//
// Manifests are copied byte for byte with their media type: signatures, root
// hashes and digests in other files stay valid. An index goes with its children.
// Within one registry blobs are mounted; they are uploaded only where the
// registry refuses that.
//
// # Errors
//
// A response that was not expected is an [*Error] with its status and codes. All
// other errors have a kind such as [ErrUnreachable] or [ErrPlainHTTP]. No error
// holds a login or what a credential helper printed.
package remote
