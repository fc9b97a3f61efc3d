package remote

import (
	"context"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
)

// MissingBlobs returns the digests of the manifests, layers and configurations
// that the image at ref consists of and that its repository does not have, as a
// garbage collection at the wrong moment leaves it. It asks for each of them,
// and reads none. An image that does not exist at all is an error.
func (s *Client) MissingBlobs(ctx context.Context, ref string) ([]string, error) {
	parsed, err := s.ParseReference(ref)
	if err != nil {
		return nil, err
	}
	manifest, err := s.FetchManifest(ctx, parsed)
	if err != nil {
		return nil, err
	}
	finder := missingFinder{client: s, ref: parsed}
	if err := finder.find(ctx, manifest); err != nil {
		return nil, err
	}
	slices.Sort(finder.missing)
	return slices.Compact(finder.missing), nil
}

// missingFinder collects what one image lacks.
type missingFinder struct {
	client  *Client
	ref     Reference
	mu      sync.Mutex
	missing []string
}

func (f *missingFinder) add(digest string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.missing = append(f.missing, digest)
}

func (f *missingFinder) find(ctx context.Context, manifest *Manifest) error {
	if !manifest.IsIndex() {
		return f.findBlobs(ctx, manifest)
	}
	index, err := manifest.Index()
	if err != nil {
		return err
	}
	for _, child := range index.Manifests {
		digest := child.Digest.String()
		m, found, err := f.client.FindManifest(ctx, f.ref.At(digest))
		if err != nil {
			return err
		}
		if !found {
			f.add(digest)
			continue
		}
		if err := f.find(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

func (f *missingFinder) findBlobs(ctx context.Context, manifest *Manifest) error {
	image, err := manifest.Image()
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(f.client.Jobs())
	for _, blob := range imageBlobs(image, f.ref.Repo) {
		group.Go(func() error {
			found, err := f.client.store.head(ctx, f.ref.Repo, blob.Digest)
			if err == nil && !found {
				f.add(blob.Digest)
			}
			return err
		})
	}
	return group.Wait()
}
