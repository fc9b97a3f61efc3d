package publish

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/pkg/module"
)

// versionContent is what belongs to a published version.
type versionContent struct {
	bundle, release string // digests
	items           []contentItem
	attached        []attached // what refers to the images; the manifests are among items
}

// contentItem is an image of a version, or something attached to one.
type contentItem struct {
	ref    reference // where it is, by tag or digest
	digest string
	wave   int
}

// Waves of content: a later one refers to earlier ones.
const (
	waveImages = iota
	waveAttached
	waveFallback // indexes of what is attached
	waves
)

// versionContent reads what a version is made of.
func (s *Session) versionContent(ctx context.Context, repository module.Repository, tag string) (*versionContent, error) {
	content := &versionContent{}
	if err := s.findVersion(ctx, repository, tag, content); err != nil {
		return nil, err
	}
	bundle := repository.Image(content.bundle)
	files, err := s.Files(ctx, bundle, "images_digests.json", "extra_images.json")
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

func (s *Session) findVersion(ctx context.Context, repository module.Repository, tag string, content *versionContent) error {
	for _, part := range []struct {
		ref    string
		digest *string
	}{{repository.Release(tag), &content.release}, {repository.Bundle(tag), &content.bundle}} {
		digest, found, err := s.Digest(ctx, part.ref)
		if err != nil {
			return err
		}
		if !found {
			return exit.With(exit.Violated, fmt.Errorf("%s is not published: %s does not exist", tag, part.ref), "publish the version first")
		}
		*part.digest = digest
	}
	return nil
}

// addImages adds the application images, which are found by digest.
func (s *Session) addImages(ctx context.Context, repository module.Repository, tag string, file []byte, content *versionContent) error {
	if file == nil {
		return nil
	}
	digests, err := module.ParseDigests(file)
	if err != nil {
		return exit.With(exit.Violated, fmt.Errorf("bundle %s: %w", repository.Bundle(tag), err), "")
	}
	keys := sortedKeys(digests)
	slices.SortStableFunc(keys, func(a, b string) int { return strings.Compare(digests[a], digests[b]) })
	keys = slices.CompactFunc(keys, func(a, b string) bool { return digests[a] == digests[b] })
	refs := make([]string, len(keys))
	for i, key := range keys {
		refs[i] = repository.Image(digests[key])
	}
	return s.addItems(ctx, refs, content, func(i int) string {
		return fmt.Sprintf("image %q of %s", keys[i], tag)
	})
}

// addExtra adds the images that extra_images.json names.
func (s *Session) addExtra(ctx context.Context, repository module.Repository, tag string, file []byte, content *versionContent) error {
	if file == nil {
		return nil
	}
	images, err := module.ParseExtraImages(file)
	if err != nil {
		return exit.With(exit.Violated, fmt.Errorf("bundle %s: %w", repository.Bundle(tag), err), "")
	}
	var names, refs []string
	for _, image := range images {
		switch {
		case image.Fault != nil:
			return exit.With(exit.Violated, fmt.Errorf("bundle %s: %w", repository.Bundle(tag), image.Fault), "")
		case !image.Ignored: // d8 mirror passes over the others too
			names, refs = append(names, image.Name), append(refs, repository.ExtraRepo(image.Name)+":"+image.Tag)
		}
	}
	return s.addItems(ctx, refs, content, func(i int) string {
		return fmt.Sprintf("extra image %q of %s", names[i], tag)
	})
}

// addItems finds images, all of which have to exist.
func (s *Session) addItems(ctx context.Context, refs []string, content *versionContent, what func(int) string) error {
	items := make([]contentItem, len(refs))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(s.opts.Jobs)
	for i, ref := range refs {
		group.Go(func() error {
			parsed, err := s.parseReference(ref)
			if err != nil {
				return err
			}
			// The manifest, not only its digest: most are going to be copied.
			manifest, found, err := s.manifest(ctx, parsed)
			if err == nil && !found {
				err = exit.With(exit.Violated, fmt.Errorf("%s does not exist: %s", what(i), ref),
					"publish the version again under another number: a cleanup has deleted the image")
			}
			if err != nil {
				return err
			}
			items[i] = contentItem{ref: parsed, digest: manifest.Digest, wave: waveImages}
			return nil
		})
	}
	err := group.Wait()
	content.items = append(content.items, items...)
	return err
}

// addAttached adds cosign attestations and OCI referrers of every image of the
// version, the bundle included. Which tags there are is asked once.
func (s *Session) addAttached(ctx context.Context, repository module.Repository, tag string, content *versionContent) error {
	bundle, err := s.parseReference(repository.Image(content.bundle))
	if err != nil {
		return err
	}
	images := []reference{bundle}
	tags := map[string][]string{}
	for _, item := range content.items {
		images = append(images, item.ref.at(item.digest))
	}
	for _, image := range images {
		repo := image.repo.Name()
		if _, ok := tags[repo]; !ok {
			if tags[repo], err = s.allTags(ctx, repo); err != nil {
				return err
			}
		}
	}
	finder := attachedFinder{session: s, tags: tags, content: content}
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(s.opts.Jobs)
	for _, image := range images {
		group.Go(func() error { return finder.find(groupCtx, image) })
	}
	// d8 mirror takes the attestations of the bundle and of extra images by
	// their tags, all of them in the bundle repository (modules.go:812).
	for _, tag := range taggedImages(tag, content) {
		group.Go(func() error { return finder.addTag(groupCtx, bundle.at(tag+".att"), waveAttached) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	slices.SortStableFunc(content.items, func(a, b contentItem) int {
		if a.wave != b.wave {
			return a.wave - b.wave
		}
		return strings.Compare(a.ref.String(), b.ref.String())
	})
	content.items = slices.CompactFunc(content.items, func(a, b contentItem) bool { return a.ref == b.ref })
	slices.SortFunc(content.attached, func(a, b attached) int { return strings.Compare(a.image.String(), b.image.String()) })
	return nil
}

// taggedImages are the tags of the bundle and of the extra images.
func taggedImages(tag string, content *versionContent) []string {
	tags := []string{tag}
	for _, item := range content.items {
		if !item.ref.digest {
			tags = append(tags, item.ref.identifier)
		}
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}

// attachedFinder collects what is attached to images.
type attachedFinder struct {
	session *Session
	tags    map[string][]string // of each repository, sorted

	mu      sync.Mutex
	content *versionContent
}

func (f *attachedFinder) find(ctx context.Context, image reference) error {
	base := digestTag(image.identifier)
	if err := f.addTag(ctx, image.at(base+".att"), waveAttached); err != nil {
		return err
	}
	found, err := f.session.attachedTo(ctx, image, f.hasTag(image.at(base)))
	if err != nil || len(found.listed) == 0 {
		return err
	}
	for _, r := range found.listed {
		f.add(contentItem{ref: image.at(r.digest), digest: r.digest, wave: waveAttached})
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.content.attached = append(f.content.attached, found)
	return nil
}

// addTag adds what a tag is on, when there is such a tag.
func (f *attachedFinder) addTag(ctx context.Context, ref reference, wave int) error {
	if !f.hasTag(ref) {
		return nil
	}
	digest, found, err := f.session.head(ctx, ref)
	if found {
		f.add(contentItem{ref: ref, digest: digest, wave: wave})
	}
	return err
}

func (f *attachedFinder) hasTag(ref reference) bool {
	_, ok := slices.BinarySearch(f.tags[ref.repo.Name()], ref.identifier)
	return ok
}

func (f *attachedFinder) add(item contentItem) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.content.items = append(f.content.items, item)
}
