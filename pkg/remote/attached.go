package remote

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/modship/modship/pkg/internal/errkind"
)

// TransferAttached carries along what is attached to an image when it goes to
// another repository: cosign's attestation (tag sha256-<hex>.att) and the
// referrers of the OCI distribution specification. Within one repository both
// stay valid by themselves.
func (s *Client) TransferAttached(ctx context.Context, image Reference, repo name.Repository) error {
	if image.Repo.Name() == repo.Name() {
		return nil
	}
	if err := transferIfThere(ctx, s, image.At(DigestTag(image.Identifier)+".att"), repo); err != nil {
		return err
	}
	found, err := s.AttachedTo(ctx, image, true)
	if err != nil {
		return err
	}
	for _, r := range found.Listed {
		if err := transferIfThere(ctx, s, image.At(r.Digest), repo); err != nil {
			return err
		}
	}
	// What is listed is there by now, whoever finds it by the list.
	f, err := s.FallbackFor(ctx, found, repo)
	if errors.Is(err, ErrNotAnIndex) {
		err = fmt.Errorf("list under %s what refers to the image: %w", f.Tag, err)
	}
	if err != nil || f.Index == nil || f.Index.Digest == f.Current {
		return err
	}
	if err := s.PutFallback(ctx, f); err != nil {
		return err
	}
	current, _, err := s.Head(ctx, f.Tag)
	if err == nil && current != f.Index.Digest {
		err = errkind.New(ErrConflict, "write %s: the registry has %q, expected %s", f.Tag, current, f.Index.Digest)
	}
	return err
}

// transferIfThere copies ref under the same tag or digest to repo, unless it
// does not exist or is there already.
func transferIfThere(ctx context.Context, s *Client, ref Reference, repo name.Repository) error {
	target := Reference{Repo: repo, Identifier: ref.Identifier, Digest: ref.Digest}
	digest, found, err := s.Head(ctx, ref)
	if !found || err != nil {
		return err
	}
	present, _, err := s.Head(ctx, target)
	if err != nil || present == digest {
		return err
	}
	manifest, err := s.FetchManifest(ctx, ref.At(digest))
	if err != nil {
		return err
	}
	_, err = s.Transfer(ctx, ref.Repo, target, manifest)
	return err
}
