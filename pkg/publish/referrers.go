package publish

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/modship/modship/internal/exit"
)

// attached is what refers to an image by its subject.
type attached struct {
	image  reference // by digest
	listed []referrer
	// tagged is the index under the fallback tag sha256-<hex>, nil without one.
	tagged *Manifest
}

// referrer is one manifest that refers to an image.
type referrer struct {
	digest string
	entry  json.RawMessage // the descriptor that lists it
}

// attachedTo finds what refers to an image: by the API, and by the fallback tag
// where there can be one. What is listed and gone is left out.
func (s *Session) attachedTo(ctx context.Context, image reference, fallback bool) (attached, error) {
	found := attached{image: image}
	if fallback {
		manifest, ok, err := s.manifest(ctx, image.at(digestTag(image.identifier)))
		if err != nil {
			return found, err
		}
		if ok && manifest.isIndex() {
			found.tagged = manifest
			if found.listed, err = entriesOf(manifest); err != nil {
				return found, err
			}
		}
	}
	byAPI, _, err := s.referrers(ctx, image)
	if err != nil {
		return found, err
	}
	found.listed = unite(found.listed, byAPI)
	there := found.listed[:0]
	for _, r := range found.listed {
		manifest, ok, err := s.manifest(ctx, image.at(r.digest))
		if err != nil {
			return found, err
		}
		if !ok {
			s.opts.Log("%s is listed among what refers to %s and does not exist", r.digest, image)
			continue
		}
		if r.entry == nil {
			if r.entry, err = describe(manifest); err != nil {
				return found, err
			}
		}
		there = append(there, r)
	}
	found.listed = there
	return found, nil
}

// referrers lists what refers to an image by the API of the distribution
// specification; api tells whether the registry has it. Descriptors are left
// out: registries differ in what they put into them.
func (s *Session) referrers(ctx context.Context, image reference) (listed []referrer, api bool, err error) {
	h, err := s.host(ctx, image.repo.Registry, nil)
	if err != nil || h.noReferrers.Load() {
		return nil, false, err
	}
	c := call{
		method: http.MethodGet, repo: image.repo, path: "referrers/" + image.identifier, level: pull,
		header: map[string]string{"Accept": string(types.OCIImageIndex)},
		want:   []int{http.StatusOK}, doing: "list the referrers of " + image.String(),
	}
	for range maxTagPages {
		response, err := s.do(ctx, c)
		if status := statusOf(err); status >= 400 && status < 500 && status != http.StatusTooManyRequests {
			// With the API the answer is 200 for whatever image.
			h.noReferrers.Store(true)
			return nil, false, nil
		}
		if err != nil {
			return nil, false, err
		}
		page, next, err := readReferrersPage(response)
		if err != nil {
			return nil, false, exit.With(exit.Failed, fmt.Errorf("list the referrers of %s: %w", image, err), "")
		}
		listed = unite(listed, page)
		if next == "" {
			break
		}
		c.url = next
	}
	return listed, true, nil
}

func readReferrersPage(response *http.Response) (listed []referrer, next string, err error) {
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
		listed = append(listed, referrer{digest: m.Digest})
	}
	next, err = nextPage(response)
	return listed, next, err
}

// unite adds to known what it does not have, in the order of the digests.
func unite(known, more []referrer) []referrer {
	all := slices.Clone(known)
	for _, r := range more {
		if !lists(all, r.digest) {
			all = append(all, r)
		}
	}
	slices.SortStableFunc(all, func(a, b referrer) int { return cmp.Compare(a.digest, b.digest) })
	return all
}

func lists(listed []referrer, digest string) bool {
	return slices.ContainsFunc(listed, func(r referrer) bool { return r.digest == digest })
}

// listsAll tells whether listed has everything of wanted.
func listsAll(listed, wanted []referrer) bool {
	return !slices.ContainsFunc(wanted, func(r referrer) bool { return !lists(listed, r.digest) })
}

// entriesOf are the descriptors of an index.
func entriesOf(index *Manifest) ([]referrer, error) {
	var parsed struct {
		Manifests []json.RawMessage `json:"manifests"`
	}
	if err := json.Unmarshal(index.Raw, &parsed); err != nil {
		return nil, fmt.Errorf("manifest %s is not a valid index: %w", index.Digest, err)
	}
	var listed []referrer
	for _, raw := range parsed.Manifests {
		var descriptor struct {
			Digest string `json:"digest"`
		}
		if err := json.Unmarshal(raw, &descriptor); err != nil {
			return nil, fmt.Errorf("manifest %s is not a valid index: %w", index.Digest, err)
		}
		listed = append(listed, referrer{descriptor.Digest, raw})
	}
	return listed, nil
}
