package publish

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/modship/modship/internal/exit"
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
	found, err := s.attachedTo(ctx, image, true)
	if err != nil {
		return err
	}
	for _, r := range found.listed {
		if _, err := s.transferIfThere(ctx, image.at(r.digest), repo); err != nil {
			return err
		}
	}
	// What is listed is there by now, whoever finds it by the list.
	f, err := s.fallbackFor(ctx, found, repo)
	if errors.Is(err, errNotAnIndex) {
		err = exit.With(exit.Violated, fmt.Errorf("list under %s what refers to the image: %w", f.tag, err), hintNotAnIndex)
	}
	if err != nil || f.index == nil || f.index.Digest == f.current {
		return err
	}
	if err := s.putFallback(ctx, f); err != nil {
		return err
	}
	current, _, err := s.head(ctx, f.tag)
	if err == nil && current != f.index.Digest {
		err = exit.With(exit.Failed, fmt.Errorf("write %s: the registry has %q, expected %s", f.tag, current, f.index.Digest),
			"look at the registry's log; running the command again resumes")
	}
	return err
}

// hintNotAnIndex is the way out where a fallback tag has another use.
const hintNotAnIndex = "the registry has no referrers API, so attestations and signatures are found by this tag: delete it or use another repository"

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
