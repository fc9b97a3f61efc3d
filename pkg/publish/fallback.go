package publish

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/modship/modship/internal/exit"
)

// fallback is the tag sha256-<hex> in a repository to which an image goes: for
// registries without the referrers API the distribution specification asks
// clients to list there what refers to the image.
type fallback struct {
	tag     reference
	current string    // digest it is on
	index   *Manifest // what it has to be on; nil when the registry lists by itself
}

// errNotAnIndex is the reason not to write over what is under a fallback tag.
var errNotAnIndex = errors.New("the tag is on something else than an index of referrers")

// fallbackFor decides what the fallback tag in repo has to be on. Entries that
// are there already stay. The error is errNotAnIndex for a tag of another use.
func (s *Session) fallbackFor(ctx context.Context, a attached, repo name.Repository) (fallback, error) {
	image := reference{repo: repo, identifier: a.image.identifier, digest: true}
	f := fallback{tag: image.at(digestTag(image.identifier))}
	if len(a.listed) == 0 {
		return f, nil
	}
	if a.tagged == nil {
		needed, err := s.needsFallback(ctx, a, image)
		if err != nil || !needed {
			return f, err
		}
	}
	existing, found, err := s.manifest(ctx, f.tag)
	if err != nil {
		return f, err
	}
	if found {
		f.current = existing.Digest
		f.index, err = s.extendedIndex(ctx, existing, a.listed, repo)
	} else {
		f.index, err = firstIndex(a)
	}
	if err == nil {
		s.keepManifest(f.index) // from where it is written
	}
	return f, err
}

// needsFallback tells whether the registry of a target cannot list what refers
// to the image: it has no API, or one that does not know of what it has.
func (s *Session) needsFallback(ctx context.Context, a attached, image reference) (bool, error) {
	listed, api, err := s.referrers(ctx, image)
	if err != nil || !api {
		return true, err
	}
	h, err := s.host(ctx, image.repo.Registry, nil)
	if err != nil || h.listsSubjects.Load() {
		return false, err
	}
	for _, r := range a.listed {
		if lists(listed, r.digest) {
			continue
		}
		if _, found, err := s.head(ctx, image.at(r.digest)); found || err != nil {
			return found, err
		}
	}
	return false, nil
}

// firstIndex is the index for a target that has none: the source's own, byte
// for byte, when it lists just what is there, else a new one.
func firstIndex(a attached) (*Manifest, error) {
	if a.tagged != nil {
		entries, err := entriesOf(a.tagged)
		if err != nil {
			return nil, err
		}
		if listsAll(entries, a.listed) && listsAll(a.listed, entries) {
			return a.tagged, nil
		}
	}
	return indexOf(map[string]json.RawMessage{}, string(types.OCIImageIndex), a.listed)
}

// extendedIndex is existing with entries for all of wanted. Entries whose
// manifest is gone are left out: registries refuse an index of those.
func (s *Session) extendedIndex(ctx context.Context, existing *Manifest, wanted []referrer, repo name.Repository) (*Manifest, error) {
	if !existing.isIndex() {
		return nil, errNotAnIndex
	}
	entries, err := entriesOf(existing)
	if err != nil || listsAll(entries, wanted) {
		return existing, err
	}
	var there []referrer
	for _, r := range entries {
		found := lists(wanted, r.digest)
		if !found {
			ref := reference{repo: repo, identifier: r.digest, digest: true}
			if _, found, err = s.head(ctx, ref); err != nil {
				return nil, err
			}
		}
		if found {
			there = append(there, r)
		}
	}
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(existing.Raw, &fields); err != nil {
		return nil, fmt.Errorf("manifest %s is not a valid index: %w", existing.Digest, err)
	}
	return indexOf(fields, existing.MediaType, unite(there, wanted))
}

// indexOf makes an index of entries, with other fields as given. The same
// entries make the same bytes.
func indexOf(fields map[string]json.RawMessage, mediaType string, listed []referrer) (*Manifest, error) {
	var entries []json.RawMessage
	for _, r := range unite(nil, listed) {
		entries = append(entries, r.entry)
	}
	for key, value := range map[string]any{"schemaVersion": 2, "mediaType": mediaType, "manifests": entries} {
		raw, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("make an index of referrers: %w", err)
		}
		fields[key] = raw
	}
	raw, err := json.Marshal(fields)
	if err != nil {
		return nil, fmt.Errorf("make an index of referrers: %w", err)
	}
	return &Manifest{Digest: digestOf(raw), MediaType: mediaType, Raw: raw}, nil
}

// putFallback writes the index. Somebody else's entries that came meanwhile are
// not written over.
func (s *Session) putFallback(ctx context.Context, f fallback) error {
	current, _, err := s.head(ctx, f.tag)
	if err != nil || current == f.index.Digest {
		return err
	}
	if current != f.current {
		return exit.With(exit.Failed, fmt.Errorf("write %s: it was changed meanwhile, to %s: %w", f.tag, current, errRace),
			"run the command again: it adds to the entries that are there")
	}
	_, err = s.putManifest(ctx, f.tag, f.index)
	return err
}

// checkListed looks whether a registry that lists by itself lists referrers
// that were written to it. One that answered the write with OCI-Subject has
// said so.
func (s *Session) checkListed(ctx context.Context, image reference, digests []string) error {
	h, err := s.host(ctx, image.repo.Registry, nil)
	if err != nil || h.listsSubjects.Load() {
		return err
	}
	listed, _, err := s.referrers(ctx, image)
	if err != nil {
		return err
	}
	for _, digest := range digests {
		if !lists(listed, digest) {
			return exit.With(exit.Failed, fmt.Errorf("%s is written, and the registry does not list it among what refers to %s", digest, image),
				"copy again: what the registry does not list is then listed under the tag "+digestTag(image.identifier))
		}
	}
	return nil
}
