package publish

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/modship/modship/pkg/exit"
)

// transferAttached carries along what is attached to an image when it goes to
// another repository: cosign's attestation (tag sha256-<hex>.att) and the
// referrers of the OCI distribution specification. Within one repository both
// stay valid by themselves.
func (s *Session) transferAttached(ctx context.Context, image reference, repo name.Repository) error {
	if image.repo.Name() == repo.Name() {
		return nil
	}
	if _, err := s.transferIfThere(ctx, image.at(digestTag(image.identifier)+".att"), repo); err != nil {
		return err
	}
	referrers, err := s.referrers(ctx, image, true)
	if err != nil {
		return err
	}
	for _, referrer := range referrers {
		if _, err := s.transferIfThere(ctx, image.at(referrer), repo); err != nil {
			return err
		}
	}
	// The fallback index, from which registries without the referrers API are
	// read, goes last: what it lists is there by then.
	_, err = s.transferIfThere(ctx, image.at(digestTag(image.identifier)), repo)
	return err
}

// transferIfThere copies ref under the same tag or digest to repo, unless it
// does not exist or is there already, and tells whether it exists.
func (s *Session) transferIfThere(ctx context.Context, ref reference, repo name.Repository) (found bool, err error) {
	target := reference{repo: repo, identifier: ref.identifier, digest: ref.digest}
	digest, found, err := s.head(ctx, ref)
	if !found || err != nil {
		return false, err
	}
	present, _, err := s.head(ctx, target)
	if err != nil || present == digest {
		return true, err
	}
	manifest, err := s.mustManifest(ctx, ref.at(digest))
	if err != nil {
		return true, err
	}
	_, err = s.transfer(ctx, ref.repo, target, manifest)
	return true, err
}

// referrers lists the digests of what refers to an image: by the API, or by
// the fallback tag where the registry has no such API. fallback tells whether
// there can be such a tag.
func (s *Session) referrers(ctx context.Context, image reference, fallback bool) ([]string, error) {
	h, err := s.host(ctx, image.repo.Registry, nil)
	if err != nil {
		return nil, err
	}
	if h.noReferrers.Load() {
		return s.fallbackReferrers(ctx, image, fallback)
	}
	response, err := s.do(ctx, call{
		method: http.MethodGet, repo: image.repo, path: "referrers/" + image.identifier, level: pull,
		want: []int{http.StatusOK}, doing: "list the referrers of " + image.String(),
	})
	switch status := statusOf(err); {
	case err == nil:
		defer response.Body.Close()
		var index v1.IndexManifest
		if err := json.NewDecoder(response.Body).Decode(&index); err != nil {
			return nil, exit.With(exit.Failed, fmt.Errorf("list the referrers of %s: the answer is not an index: %w", image, err), "")
		}
		return childDigests(&index), nil
	case status >= 400 && status < 500 && status != http.StatusTooManyRequests:
		// With the API the answer is 200 for whatever image.
		h.noReferrers.Store(true)
		return s.fallbackReferrers(ctx, image, fallback)
	}
	return nil, err
}

// fallbackReferrers reads the index under the tag sha256-<hex>.
func (s *Session) fallbackReferrers(ctx context.Context, image reference, there bool) ([]string, error) {
	if !there {
		return nil, nil
	}
	manifest, found, err := s.manifest(ctx, image.at(digestTag(image.identifier)))
	if err != nil || !found || !manifest.isIndex() {
		return nil, err
	}
	index, err := manifest.index()
	if err != nil {
		return nil, err
	}
	return childDigests(index), nil
}

func childDigests(index *v1.IndexManifest) []string {
	var digests []string
	for _, descriptor := range index.Manifests {
		digests = append(digests, descriptor.Digest.String())
	}
	return digests
}
