package remote

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/modship/modship/pkg/internal/errkind"
)

// Attached is what refers to an image by its subject.
type Attached struct {
	Image  Reference // by digest
	Listed []Referrer
	// tagged is the index under the fallback tag sha256-<hex>, nil without one.
	tagged *Manifest
}

// Referrer is one manifest that refers to an image.
type Referrer struct {
	Digest string
	entry  json.RawMessage // the descriptor that lists it
}

// AttachedTo finds what refers to an image: by the API, and by the fallback tag
// where there can be one. What is listed and gone is left out.
func (s *Client) AttachedTo(ctx context.Context, image Reference, fallback bool) (Attached, error) {
	found := Attached{Image: image}
	if fallback {
		manifest, ok, err := s.FindManifest(ctx, image.At(DigestTag(image.Identifier)))
		if err != nil {
			return found, err
		}
		if ok && manifest.IsIndex() {
			found.tagged = manifest
			if found.Listed, err = EntriesOf(manifest); err != nil {
				return found, err
			}
		}
	}
	byAPI, _, err := s.Referrers(ctx, image)
	if err != nil {
		return found, err
	}
	found.Listed = unite(found.Listed, byAPI)
	there := found.Listed[:0]
	for _, r := range found.Listed {
		manifest, ok, err := s.FindManifest(ctx, image.At(r.Digest))
		if err != nil {
			return found, err
		}
		if !ok {
			s.opts.Log("%s is listed among what refers to %s and does not exist", r.Digest, image)
			continue
		}
		if r.entry == nil {
			if r.entry, err = Describe(manifest); err != nil {
				return found, err
			}
		}
		there = append(there, r)
	}
	found.Listed = there
	return found, nil
}

// Referrers lists what refers to an image by the API of the distribution
// specification; api reports whether the registry has it. Descriptors are left
// out: registries differ in what they put into them.
func (s *Client) Referrers(ctx context.Context, image Reference) (listed []Referrer, api bool, err error) {
	h, err := s.host(ctx, image.Repo, nil)
	if err != nil || h.noReferrers.Load() {
		return nil, false, err
	}
	c := call{
		method: http.MethodGet, repo: image.Repo, path: "referrers/" + image.Identifier, level: Pull,
		header: map[string]string{"Accept": string(types.OCIImageIndex)},
		want:   []int{http.StatusOK}, doing: "list the referrers of " + image.String(),
	}
	for range maxTagPages {
		response, err := s.do(ctx, c)
		if status := StatusOf(err); status >= 400 && status < 500 && status != http.StatusTooManyRequests {
			// With the API the answer is 200 for whatever image.
			h.noReferrers.Store(true)
			return nil, false, nil
		}
		if err != nil {
			return nil, false, err
		}
		page, next, err := readReferrersPage(response)
		if err != nil {
			return nil, false, errkind.New(ErrNotRegistry, "list the referrers of %s: %w", image, err)
		}
		listed = unite(listed, page)
		if next == "" {
			break
		}
		c.url = next
	}
	return listed, true, nil
}

func readReferrersPage(response *http.Response) (listed []Referrer, next string, err error) {
	defer response.Body.Close()
	var page struct {
		Manifests []struct {
			Digest string `json:"digest"`
		} `json:"manifests"`
	}
	if err := json.NewDecoder(response.Body).Decode(&page); err != nil {
		return nil, "", fmt.Errorf("the answer is not an index: %w", err)
	}
	for _, m := range page.Manifests {
		listed = append(listed, Referrer{Digest: m.Digest})
	}
	next, err = nextPage(response)
	return listed, next, err
}

// unite adds to known what it does not have, in the order of the digests.
func unite(known, more []Referrer) []Referrer {
	all := slices.Clone(known)
	for _, r := range more {
		if !lists(all, r.Digest) {
			all = append(all, r)
		}
	}
	slices.SortStableFunc(all, func(a, b Referrer) int { return cmp.Compare(a.Digest, b.Digest) })
	return all
}

func lists(listed []Referrer, digest string) bool {
	return slices.ContainsFunc(listed, func(r Referrer) bool { return r.Digest == digest })
}

// ListsAll reports whether listed has everything of wanted.
func ListsAll(listed, wanted []Referrer) bool {
	return !slices.ContainsFunc(wanted, func(r Referrer) bool { return !lists(listed, r.Digest) })
}

// EntriesOf are the descriptors of an index.
func EntriesOf(index *Manifest) ([]Referrer, error) {
	var parsed struct {
		Manifests []json.RawMessage `json:"manifests"`
	}
	if err := json.Unmarshal(index.Raw, &parsed); err != nil {
		return nil, fmt.Errorf("manifest %s is not a valid index: %w", index.Digest, err)
	}
	var listed []Referrer
	for _, raw := range parsed.Manifests {
		var descriptor struct {
			Digest string `json:"digest"`
		}
		if err := json.Unmarshal(raw, &descriptor); err != nil {
			return nil, fmt.Errorf("manifest %s is not a valid index: %w", index.Digest, err)
		}
		listed = append(listed, Referrer{descriptor.Digest, raw})
	}
	return listed, nil
}
