package publish

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/modship/modship/pkg/internal/errkind"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/remote"
)

// VersionParts are the images that belong to a published version.
type VersionParts struct {
	incomplete      bool   // extra images may be missing
	Bundle, release string // digests
	Items           []contentItem
	attached        []remote.Attached // what refers to the images; the manifests are among items
}

// contentItem is an image of a version, or something attached to one.
type contentItem struct {
	Ref    remote.Reference // where it is, by tag or digest
	digest string
	wave   int
}

// Waves of content: a later one refers to earlier ones.
const (
	waveImages = iota
	waveAttached
	waveFallback // indexes of attached manifests
	waves
)

// VersionContent reads what a version is made of.
//
// An extra image that does not exist is left out if incomplete is true.
func (s *Publisher) VersionContent(ctx context.Context, repository module.Repository, tag string, incomplete bool) (*VersionParts, error) {
	content := &VersionParts{incomplete: incomplete}
	if err := s.findVersion(ctx, repository, tag, content); err != nil {
		return nil, err
	}
	bundle := repository.Image(content.Bundle)
	files, err := s.client.Files(ctx, bundle, "images_digests.json", "extra_images.json")
	if err != nil {
		return nil, err
	}
	if err := s.addImages(ctx, repository, tag, files["images_digests.json"], content); err != nil {
		return nil, err
	}
	if err := s.addExtra(ctx, repository, tag, files["extra_images.json"], content); err != nil {
		return nil, err
	}
	return content, s.addAttached(ctx, repository, tag, content)
}

func (s *Publisher) findVersion(ctx context.Context, repository module.Repository, tag string, content *VersionParts) error {
	for _, part := range []struct {
		ref    string
		digest *string
	}{{repository.Release(tag), &content.release}, {repository.Bundle(tag), &content.Bundle}} {
		digest, found, err := s.client.Digest(ctx, part.ref)
		if err != nil {
			return err
		}
		if !found {
			return &NotPublishedError{Tag: tag, Ref: part.ref}
		}
		*part.digest = digest
	}
	return nil
}

// addImages adds the application images, which are found by digest.
func (s *Publisher) addImages(ctx context.Context, repository module.Repository, tag string, file []byte, content *VersionParts) error {
	if file == nil {
		return nil
	}
	digests, err := module.ParseDigests(file)
	if err != nil {
		return errkind.New(ErrBroken, "bundle %s: %w", repository.Bundle(tag), err)
	}
	keys := slices.Sorted(maps.Keys(digests))
	slices.SortStableFunc(keys, func(a, b string) int { return strings.Compare(digests[a], digests[b]) })
	keys = slices.CompactFunc(keys, func(a, b string) bool { return digests[a] == digests[b] })
	refs := make([]string, len(keys))
	for i, key := range keys {
		refs[i] = repository.Image(digests[key])
	}
	return s.addItems(ctx, refs, content, ErrBroken, func(i int) string {
		return fmt.Sprintf("image %q of %s", keys[i], tag)
	})
}

// addExtra adds the images that extra_images.json names.
func (s *Publisher) addExtra(ctx context.Context, repository module.Repository, tag string, file []byte, content *VersionParts) error {
	if file == nil {
		return nil
	}
	images, err := module.ParseExtraImages(file)
	if err != nil {
		return errkind.New(ErrBroken, "bundle %s: %w", repository.Bundle(tag), err)
	}
	var names, refs []string
	for _, image := range images {
		switch {
		case image.Fault != nil:
			return errkind.New(ErrBroken, "bundle %s: %w", repository.Bundle(tag), image.Fault)
		case !image.Ignored: // d8 mirror passes over the others too
			names, refs = append(names, image.Name), append(refs, repository.ExtraRepo(image.Name)+":"+image.Tag)
		}
	}
	kind := ErrNoExtraImage
	if content.incomplete {
		kind = nil
	}
	return s.addItems(ctx, refs, content, kind, func(i int) string {
		return fmt.Sprintf("extra image %q of %s", names[i], tag)
	})
}

// addItems finds images. One that does not exist is an error of the kind missing,
// and left out if that is nil.
func (s *Publisher) addItems(ctx context.Context, refs []string, content *VersionParts, missing error, what func(int) string) error {
	items := make([]contentItem, len(refs))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(s.client.Jobs())
	for i, ref := range refs {
		group.Go(func() error {
			parsed, err := s.client.ParseReference(ref)
			if err != nil {
				return err
			}
			// The manifest, not only its digest: most are going to be copied.
			manifest, found, err := s.client.FindManifest(ctx, parsed)
			if err == nil && !found && missing == nil {
				return nil
			}
			if err == nil && !found {
				err = errkind.New(missing, "%s does not exist: %s", what(i), ref)
			}
			if err != nil {
				return err
			}
			items[i] = contentItem{Ref: parsed, digest: manifest.Digest, wave: waveImages}
			return nil
		})
	}
	err := group.Wait()
	items = slices.DeleteFunc(items, func(item contentItem) bool { return item.digest == "" })
	content.Items = append(content.Items, items...)
	return err
}

// addAttached adds cosign attestations and OCI referrers of every image of the
// version, the bundle included. Which tags there are is asked once.
func (s *Publisher) addAttached(ctx context.Context, repository module.Repository, tag string, content *VersionParts) error {
	bundle, err := s.client.ParseReference(repository.Image(content.Bundle))
	if err != nil {
		return err
	}
	images := []remote.Reference{bundle}
	tags := map[string][]string{}
	for _, item := range content.Items {
		images = append(images, item.Ref.At(item.digest))
	}
	for _, image := range images {
		repo := image.Repo.Name()
		if _, ok := tags[repo]; !ok {
			if tags[repo], err = s.client.AllTags(ctx, repo); err != nil {
				return err
			}
		}
	}
	finder := attachedFinder{session: s, tags: tags, content: content}
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(s.client.Jobs())
	for _, image := range images {
		group.Go(func() error { return finder.find(groupCtx, image) })
	}
	// d8 mirror takes the attestations of the bundle and of extra images by
	// their tags, all of them in the bundle repository (modules.go:812).
	for _, tag := range taggedImages(tag, content) {
		group.Go(func() error { return finder.addTag(groupCtx, bundle.At(tag+".att"), waveAttached) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	slices.SortStableFunc(content.Items, func(a, b contentItem) int {
		if a.wave != b.wave {
			return a.wave - b.wave
		}
		return strings.Compare(a.Ref.String(), b.Ref.String())
	})
	content.Items = slices.CompactFunc(content.Items, func(a, b contentItem) bool { return a.Ref == b.Ref })
	slices.SortFunc(content.attached, func(a, b remote.Attached) int { return strings.Compare(a.Image.String(), b.Image.String()) })
	return nil
}

// taggedImages are the tags of the bundle and of the extra images.
func taggedImages(tag string, content *VersionParts) []string {
	tags := []string{tag}
	for _, item := range content.Items {
		if !item.Ref.Digest {
			tags = append(tags, item.Ref.Identifier)
		}
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}

// attachedFinder collects the manifests attached to images.
type attachedFinder struct {
	session *Publisher
	tags    map[string][]string // of each repository, sorted

	mu      sync.Mutex
	content *VersionParts
}

func (f *attachedFinder) find(ctx context.Context, image remote.Reference) error {
	base := remote.DigestTag(image.Identifier)
	if err := f.addTag(ctx, image.At(base+".att"), waveAttached); err != nil {
		return err
	}
	found, err := f.session.client.AttachedTo(ctx, image, f.hasTag(image.At(base)))
	if err != nil || len(found.Listed) == 0 {
		return err
	}
	for _, r := range found.Listed {
		f.add(contentItem{Ref: image.At(r.Digest), digest: r.Digest, wave: waveAttached})
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.content.attached = append(f.content.attached, found)
	return nil
}

// addTag adds what a tag is on, when there is such a tag.
func (f *attachedFinder) addTag(ctx context.Context, ref remote.Reference, wave int) error {
	if !f.hasTag(ref) {
		return nil
	}
	digest, found, err := f.session.client.Head(ctx, ref)
	if found {
		f.add(contentItem{Ref: ref, digest: digest, wave: wave})
	}
	return err
}

func (f *attachedFinder) hasTag(ref remote.Reference) bool {
	_, ok := slices.BinarySearch(f.tags[ref.Repo.Name()], ref.Identifier)
	return ok
}

func (f *attachedFinder) add(item contentItem) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.content.Items = append(f.content.Items, item)
}
