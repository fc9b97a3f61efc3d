package publish

import (
	"context"
	"errors"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	"golang.org/x/sync/errgroup"
)

// optimisticFrom is the number of blobs from which a manifest is first tried
// without them. A refusal names every blob that is missing and costs one
// request; with few blobs mounting all of them costs no more than that.
const optimisticFrom = 4

// transfer puts the manifest m, read from one repository, at target, with
// everything it refers to. The bytes of m and its media type are kept.
func (s *Session) transfer(ctx context.Context, from name.Repository, target reference, m *Manifest) (known bool, err error) {
	if from.Name() == target.repo.Name() {
		return s.putManifest(ctx, target, m)
	}
	if m.isIndex() {
		if err := s.transferChildren(ctx, from, target, m); err != nil {
			return false, err
		}
		return s.putManifest(ctx, target, m)
	}
	image, err := m.image()
	if err != nil {
		return false, err
	}
	blobs := s.lacking(target.repo, imageBlobs(image, from))
	// Between registries nothing can be mounted, so asking first always pays.
	if len(blobs) >= optimisticFrom || from.Registry != target.repo.Registry && len(blobs) > 0 {
		known, err := s.putManifest(ctx, target, m)
		var missing *missingBlobsError
		if !errors.As(err, &missing) {
			return known, err
		}
		if blobs, err = s.selectMissing(ctx, target.repo, blobs, missing); err != nil {
			return false, err
		}
	}
	if err := s.provideAll(ctx, target.repo, blobs); err != nil {
		return false, err
	}
	return s.putManifest(ctx, target, m)
}

// transferChildren puts the manifests that an index lists, by their digests.
func (s *Session) transferChildren(ctx context.Context, from name.Repository, target reference, m *Manifest) error {
	index, err := m.index()
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(s.opts.Jobs)
	for _, child := range index.Manifests {
		group.Go(func() error {
			digest := child.Digest.String()
			_, found, err := s.head(ctx, target.at(digest))
			if found || err != nil {
				return err
			}
			source := reference{repo: from, identifier: digest, digest: true}
			manifest, err := s.mustManifest(ctx, source)
			if err != nil {
				return err
			}
			_, err = s.transfer(ctx, from, target.at(digest), manifest)
			return err
		})
	}
	return group.Wait()
}

// lacking drops the blobs that repo is known to have, and repetitions.
func (s *Session) lacking(repo name.Repository, blobs []blob) []blob {
	seen := map[string]bool{}
	return slices.DeleteFunc(blobs, func(b blob) bool {
		drop := seen[b.digest] || s.hasBlob(repo, b.digest)
		seen[b.digest] = true
		return drop
	})
}

// selectMissing returns the blobs that a registry called missing, or, where it
// does not say which, those that a look at each finds missing.
func (s *Session) selectMissing(ctx context.Context, repo name.Repository, blobs []blob, missing *missingBlobsError) ([]blob, error) {
	var selected []blob
	for _, b := range blobs {
		if slices.Contains(missing.Digests, b.digest) {
			selected = append(selected, b)
		}
	}
	if len(selected) > 0 {
		return selected, nil
	}
	present := make([]bool, len(blobs))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(s.opts.Jobs)
	for i, b := range blobs {
		group.Go(func() (err error) {
			present[i], err = s.headBlob(ctx, repo, b.digest)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	for i, b := range blobs {
		if !present[i] {
			selected = append(selected, b)
		}
	}
	return selected, nil
}

func (s *Session) provideAll(ctx context.Context, repo name.Repository, blobs []blob) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(s.opts.Jobs)
	for _, b := range blobs {
		group.Go(func() error { return s.provide(ctx, repo, b) })
	}
	return group.Wait()
}
