package contract

import (
	"archive/tar"
	"context"
	"io"

	"github.com/modship/modship/pkg/module"
)

// Reader is what the checks read of a registry. A reference is
// <repository>:<tag> or <repository>@<digest>.
type Reader interface {
	// Tags lists the tags of a repository. A repository that does not exist
	// has no tags and is not an error.
	Tags(ctx context.Context, repo string) ([]string, error)
	// Digest returns the digest of the manifest that ref names. Found is
	// false, without an error, if the registry has no such manifest.
	Digest(ctx context.Context, ref string) (digest string, found bool, err error)
	// Walk calls fn for each entry of the image's file system, squashed as the
	// controller does: layers from the lowest, whiteouts applied, names as they
	// are in the layers. Of an index it takes the linux/amd64 image; an index
	// without one is an error that wraps [module.ErrPlatform].
	Walk(ctx context.Context, ref string, fn func(hdr *tar.Header, r io.Reader) error) error
	// Platforms returns the platforms of an image, os/architecture with an
	// optional /variant: one for an image, "unknown" if it does not say, one per
	// image of an index.
	Platforms(ctx context.Context, ref string) ([]string, error)
}

// BlobReader is a Reader that can tell whether all parts of an image are there.
type BlobReader interface {
	Reader
	// MissingBlobs returns the digests of the manifests, layers and
	// configurations of an image that its repository does not have.
	MissingBlobs(ctx context.Context, ref string) ([]string, error)
}

// ManifestReader is a Reader that can read the bytes of a manifest.
type ManifestReader interface {
	Reader
	// RawManifest returns the manifest that ref names, as the registry has it.
	RawManifest(ctx context.Context, ref string) ([]byte, error)
}

// Options are what the checks that read a registry may be told.
type Options struct {
	// Waive lists rules whose violations are returned as waived.
	Waive []int
	// Render finds image names that templates compute (rule 28). Nil: only
	// those that are written down are checked.
	Render Renderer
	// Expected maps references to the digests that were published or copied
	// there; a reference with another digest violates rule 43.
	Expected map[string]string
	// Attested lists the digests of images that the build attests, as those
	// with a *-vex-artifact image do (rule 44).
	Attested []string
	// Origin is where a version was copied from: its attestations must have
	// come along (rule 44).
	Origin *Origin
	// Blobs also asks for the layers and the configuration of each application
	// image (rules 29 and 45), if the reader is a [BlobReader].
	Blobs bool
	// Ladder is the channels that the module uses (rule 20).
	Ladder module.Ladder
	// History lists the moves of channels that are known. Nil means that there
	// is no history: then rule 24 is not checked on what is published, rule 19
	// only before a promotion, and rule 22 only between present versions.
	History []Move
}

// Origin is the registry repository from which a version was copied.
type Origin struct {
	Reader     Reader
	Repository module.Repository
}

// Move is one move of a channel to a version.
type Move struct {
	Channel module.Channel
	Version string
}
