package remote

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/modship/modship/pkg/internal/errkind"
)

// Fallback is the tag sha256-<hex> in a repository to which an image goes: for
// registries without the referrers API the distribution specification asks
// clients to list there what refers to the image.
type Fallback struct {
	Tag     Reference
	Current string    // digest it is on
	Index   *Manifest // what it has to be on; nil when the registry lists by itself
}

// FallbackFor decides what the fallback tag in repo has to be on. Entries that
// are there already stay. The error is errNotAnIndex for a tag of another use.
func (s *Client) FallbackFor(ctx context.Context, a Attached, repo name.Repository) (Fallback, error) {
	image := Reference{Repo: repo, Identifier: a.Image.Identifier, Digest: true}
	f := Fallback{Tag: image.At(DigestTag(image.Identifier))}
	if len(a.Listed) == 0 {
		return f, nil
	}
	if a.tagged == nil {
		needed, err := needsFallback(ctx, s, a, image)
		if err != nil || !needed {
			return f, err
		}
	}
	existing, found, err := s.FindManifest(ctx, f.Tag)
	if err != nil {
		return f, err
	}
	if found {
		f.Current = existing.Digest
		f.Index, err = extendedIndex(ctx, s, existing, a.Listed, repo)
	} else {
		f.Index, err = firstIndex(a)
	}
	if err == nil {
		s.manifests.keep(f.Index) // from where it is written
	}
	return f, err
}

// needsFallback reports whether the registry of a target cannot list what refers
// to the image: it has no API, or one that does not know of what it has.
func needsFallback(ctx context.Context, s *Client, a Attached, image Reference) (bool, error) {
	listed, api, err := s.Referrers(ctx, image)
	if err != nil || !api {
		return true, err
	}
	h, err := s.host(ctx, image.Repo, nil)
	if err != nil || h.listsSubjects.Load() {
		return false, err
	}
	for _, r := range a.Listed {
		if lists(listed, r.Digest) {
			continue
		}
		if _, found, err := s.Head(ctx, image.At(r.Digest)); found || err != nil {
			return found, err
		}
	}
	return false, nil
}

// firstIndex is the index for a target that has none: the source's own, byte
// for byte, when it lists just what is there, else a new one.
func firstIndex(a Attached) (*Manifest, error) {
	if a.tagged != nil {
		entries, err := EntriesOf(a.tagged)
		if err != nil {
			return nil, err
		}
		if ListsAll(entries, a.Listed) && ListsAll(a.Listed, entries) {
			return a.tagged, nil
		}
	}
	return IndexOf(map[string]json.RawMessage{}, string(types.OCIImageIndex), a.Listed)
}

// extendedIndex is existing with entries for all of wanted. Entries whose
// manifest is gone are left out: registries refuse an index of those.
func extendedIndex(ctx context.Context, s *Client, existing *Manifest, wanted []Referrer, repo name.Repository) (*Manifest, error) {
	if !existing.IsIndex() {
		return nil, ErrNotAnIndex
	}
	entries, err := EntriesOf(existing)
	if err != nil || ListsAll(entries, wanted) {
		return existing, err
	}
	var there []Referrer
	for _, r := range entries {
		found := lists(wanted, r.Digest)
		if !found {
			ref := Reference{Repo: repo, Identifier: r.Digest, Digest: true}
			if _, found, err = s.Head(ctx, ref); err != nil {
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
	return IndexOf(fields, existing.MediaType, unite(there, wanted))
}

// IndexOf makes an index of entries, with other fields as given. The same
// entries make the same bytes.
func IndexOf(fields map[string]json.RawMessage, mediaType string, listed []Referrer) (*Manifest, error) {
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
	return &Manifest{Digest: DigestOf(raw), MediaType: mediaType, Raw: raw}, nil
}

// PutFallback writes the index. Somebody else's entries that came meanwhile are
// not written over.
func (s *Client) PutFallback(ctx context.Context, f Fallback) error {
	current, _, err := s.Head(ctx, f.Tag)
	if err != nil || current == f.Index.Digest {
		return err
	}
	if current != f.Current {
		return fmt.Errorf("write %s: it was changed meanwhile, to %s: %w", f.Tag, current, ErrConflict)
	}
	_, err = s.PutManifest(ctx, f.Tag, f.Index)
	return err
}

// CheckListed looks whether a registry that lists by itself lists referrers
// that were written to it. One that answered the write with OCI-Subject has
// said so.
func (s *Client) CheckListed(ctx context.Context, image Reference, digests []string) error {
	h, err := s.host(ctx, image.Repo, nil)
	if err != nil || h.listsSubjects.Load() {
		return err
	}
	listed, _, err := s.Referrers(ctx, image)
	if err != nil {
		return err
	}
	for _, digest := range digests {
		if !lists(listed, digest) {
			return errkind.New(ErrNotListed, "%s is written, but the registry does not list it as a referrer of %s", digest, image)
		}
	}
	return nil
}
