package prune

import (
	"context"
	"maps"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/modship/modship/pkg/internal/errkind"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/remote"
)

// keeper knows what must not be deleted: every digest that a tag that stays
// names, directly, as a child of an index, or in its images_digests.json.
// werf's own cleanup does not read that file and deletes images of older
// published versions.
type keeper struct {
	session    *Pruner
	repository module.Repository

	bundles, releases []string // tags that stay
	stages            []string // likewise, of the bundle repository

	mu      sync.Mutex
	digests map[string]bool
	seen    map[string]bool // digests whose manifest was looked into
	layers  [][]string      // of each image that stays, lowest first
}

func newKeeper(s *Pruner, repository module.Repository) *keeper {
	return &keeper{session: s, repository: repository, digests: map[string]bool{}, seen: map[string]bool{}}
}

func (k *keeper) addBundle(tag string)  { k.bundles = append(k.bundles, tag) }
func (k *keeper) addStage(tag string)   { k.stages = append(k.stages, tag) }
func (k *keeper) addRelease(tag string) { k.releases = append(k.releases, tag) }

// read resolves the tags to digests.
func (k *keeper) read(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(k.session.client.Jobs())
	for _, tag := range k.releases {
		group.Go(func() error { return k.readImage(ctx, k.repository.Release(tag)) })
	}
	for _, tag := range k.bundles {
		group.Go(func() error { return k.readBundle(ctx, tag) })
	}
	for _, tag := range k.stages {
		group.Go(func() error { return k.readImage(ctx, k.repository.Bundle(tag)) })
	}
	return group.Wait()
}

func (k *keeper) readBundle(ctx context.Context, tag string) error {
	ref := k.repository.Bundle(tag)
	if err := k.readImage(ctx, ref); err != nil {
		return err
	}
	files, err := k.session.client.Files(ctx, ref, "images_digests.json")
	if err != nil {
		return err
	}
	content, ok := files["images_digests.json"]
	if !ok {
		return nil
	}
	digests, err := module.ParseDigests(content)
	if err != nil && !module.IsVersion(tag) {
		return nil // a broken dev build needs nothing
	}
	if err != nil {
		return errkind.New(ErrUnknownNeeds, "bundle %s: %w", ref, err)
	}
	for _, key := range slices.Sorted(maps.Keys(digests)) {
		k.protect(digests[key])
		if err := k.readImage(ctx, k.repository.Image(digests[key])); err != nil {
			return err
		}
	}
	return nil
}

// readImage protects an image, its children and what they are built on. An
// image that is gone already needs no protection.
func (k *keeper) readImage(ctx context.Context, text string) error {
	ref, err := k.session.client.ParseReference(text)
	if err != nil {
		return err
	}
	manifest, found, err := k.session.client.FindManifest(ctx, ref)
	if err != nil || !found || !k.begin(manifest.Digest) {
		return err
	}
	if manifest.IsIndex() {
		index, err := manifest.Index()
		if err != nil {
			return err
		}
		for _, child := range index.Manifests {
			k.protect(child.Digest.String())
			if err := k.readImage(ctx, ref.Repo.Name()+"@"+child.Digest.String()); err != nil {
				return err
			}
		}
		return nil
	}
	layers, err := layerDigests(manifest)
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.layers = append(k.layers, layers)
	return nil
}

// begin protects a digest and reports whether it is seen for the first time.
func (k *keeper) begin(digest string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	first := !k.seen[digest]
	k.seen[digest], k.digests[digest] = true, true
	return first
}

func (k *keeper) isProtected(digest string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.digests[digest]
}

func (k *keeper) protect(digest string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.digests[digest] = true
}

// needs reports whether a stage has to stay: it is an image that stays, or one
// of them is built on it, so that werf would build it anew.
func (k *keeper) needs(stage *remote.Manifest) bool {
	if k.isProtected(stage.Digest) {
		return true
	}
	if stage.IsIndex() {
		return false
	}
	own, err := layerDigests(stage)
	if err != nil {
		return true // not ours to judge
	}
	return slices.ContainsFunc(k.layers, func(layers []string) bool {
		return len(own) > 0 && len(own) <= len(layers) && slices.Equal(own, layers[:len(own)])
	})
}

func layerDigests(manifest *remote.Manifest) ([]string, error) {
	image, err := manifest.Image()
	if err != nil {
		return nil, err
	}
	digests := make([]string, len(image.Layers))
	for i, layer := range image.Layers {
		digests[i] = layer.Digest.String()
	}
	return digests, nil
}
