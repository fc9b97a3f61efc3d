package contract

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/modship/modship/pkg/contract/internal/artifact"
	"github.com/modship/modship/pkg/module"
)

// BundleReader is a Reader that can read single files of an image.
type BundleReader interface {
	Reader
	// Files returns those of the named files that are in the root of an image.
	Files(ctx context.Context, ref string, names ...string) (map[string][]byte, error)
}

// KeptOptions are options of [CheckKept].
type KeptOptions struct {
	// Blobs also asks for the layers and the configuration of each image, if
	// the reader is a [BlobReader].
	Blobs bool
}

// CheckKept checks rule 45, and nothing else, for some published versions,
// given as version tag and digest of the bundle: one reading of each bundle,
// and one look at each digest that they name. [CheckModule] finds the same and
// more. A bundle that cannot be read violates rule 26.
func CheckKept(ctx context.Context, reader BundleReader, repo module.Repository, bundles map[string]string, opts KeptOptions) ([]Violation, error) {
	s := newSession(reader, repo, Options{Blobs: opts.Blobs})
	tags := slices.Sorted(maps.Keys(bundles))
	err := each(ctx, tags, func(ctx context.Context, tag string) error {
		files, err := reader.Files(ctx, repo.Image(bundles[tag]), artifact.DigestsFile)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil && files[artifact.DigestsFile] == nil {
			return nil // a module without images
		}
		var digests map[string]string
		if err == nil {
			digests, err = module.ParseDigests(files[artifact.DigestsFile])
		}
		if err != nil && !errors.Is(err, module.ErrDuplicateKey) {
			s.report(RuleDigestsFile, repo.Bundle(tag), "its images are not known: %v", err)
			return nil
		}
		return s.checkKept(ctx, repo.Bundle(tag), digests)
	})
	return s.result(), err
}

// checkKept looks whether the digests that a bundle names are there.
func (s *session) checkKept(ctx context.Context, artifact string, digests map[string]string) error {
	return each(ctx, slices.Sorted(maps.Keys(digests)), func(ctx context.Context, key string) error {
		ref := s.repo.Image(digests[key])
		found, err := s.digest(ctx, ref)
		if err != nil {
			return err
		}
		if found == "" {
			s.reportImage(RuleDigestsKept, artifact, key, digests[key], notThere, s.repo.BundleRepo())
			return nil
		}
		missing, err := s.missingBlobs(ctx, ref)
		if len(missing) > 0 {
			s.reportImage(RuleDigestsKept, artifact, key, digests[key], lostParts, s.repo.BundleRepo(), strings.Join(missing, ", "))
		}
		return err
	})
}
