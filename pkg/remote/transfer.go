package remote

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

// Transfer puts the manifest m, read from one repository, at target, with
// everything it refers to. The bytes of m and its media type are kept.
func (s *Client) Transfer(ctx context.Context, from name.Repository, target Reference, m *Manifest) (known bool, err error) {
	if from.Name() == target.Repo.Name() {
		return s.PutManifest(ctx, target, m)
	}
	if m.IsIndex() {
		if err := s.transferChildren(ctx, from, target, m); err != nil {
			return false, err
		}
		return s.PutManifest(ctx, target, m)
	}
	image, err := m.Image()
	if err != nil {
		return false, err
	}
	blobs := s.store.lacking(target.Repo, imageBlobs(image, from))
	// Between registries nothing can be mounted, so asking first always pays.
	if len(blobs) >= optimisticFrom || from.Registry != target.Repo.Registry && len(blobs) > 0 {
		known, err := s.PutManifest(ctx, target, m)
		var missing *missingBlobsError
		if !errors.As(err, &missing) {
			return known, err
		}
		if blobs, err = s.store.selectMissing(ctx, target.Repo, blobs, missing); err != nil {
			return false, err
		}
	}
	if err := s.store.provideAll(ctx, target.Repo, blobs); err != nil {
		return false, err
	}
	return s.PutManifest(ctx, target, m)
}

// transferChildren puts the manifests that an index lists, by their digests.
func (s *Client) transferChildren(ctx context.Context, from name.Repository, target Reference, m *Manifest) error {
	index, err := m.Index()
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(s.opts.Jobs)
	for _, child := range index.Manifests {
		group.Go(func() error {
			digest := child.Digest.String()
			_, found, err := s.Head(ctx, target.At(digest))
			if found || err != nil {
				return err
			}
			source := Reference{Repo: from, Identifier: digest, Digest: true}
			manifest, err := s.FetchManifest(ctx, source)
			if err != nil {
				return err
			}
			_, err = s.Transfer(ctx, from, target.At(digest), manifest)
			return err
		})
	}
	return group.Wait()
}

// lacking drops the blobs that repo is known to have, and repetitions.
func (b *blobStore) lacking(repo name.Repository, blobs []Blob) []Blob {
	seen := map[string]bool{}
	return slices.DeleteFunc(blobs, func(blob Blob) bool {
		drop := seen[blob.Digest] || b.has(repo, blob.Digest)
		seen[blob.Digest] = true
		return drop
	})
}

// selectMissing returns the blobs that a registry called missing, or, where it
// does not say which, those that a look at each finds missing.
func (b *blobStore) selectMissing(ctx context.Context, repo name.Repository, blobs []Blob, missing *missingBlobsError) ([]Blob, error) {
	var selected []Blob
	for _, blob := range blobs {
		if slices.Contains(missing.Digests, blob.Digest) {
			selected = append(selected, blob)
		}
	}
	if len(selected) > 0 {
		return selected, nil
	}
	present := make([]bool, len(blobs))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(b.opts.Jobs)
	for i, blob := range blobs {
		group.Go(func() (err error) {
			present[i], err = b.head(ctx, repo, blob.Digest)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	for i, blob := range blobs {
		if !present[i] {
			selected = append(selected, blob)
		}
	}
	return selected, nil
}

func (b *blobStore) provideAll(ctx context.Context, repo name.Repository, blobs []Blob) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(b.opts.Jobs)
	for _, blob := range blobs {
		group.Go(func() error { return b.Provide(ctx, repo, blob) })
	}
	return group.Wait()
}
