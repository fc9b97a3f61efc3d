package remote

import (
	"context"
	"errors"
	"io"

	"github.com/modship/modship/pkg/internal/errkind"
)

// RawImage is an image of one platform as the registry keeps it.
type RawImage struct {
	Manifest
	Config []byte // JSON; nil for an index of several platforms
}

// RawImage reads the manifest and the config that ref is on, two requests; found
// is false when it does not exist. It is for readers with their own idea of an
// image, such as werf's stages.
func (s *Client) RawImage(ctx context.Context, ref string) (raw *RawImage, found bool, err error) {
	parsed, err := s.ParseReference(ref)
	if err != nil {
		return nil, false, err
	}
	m, found, err := s.FindManifest(ctx, parsed)
	if err != nil || !found {
		return nil, false, err
	}
	raw = &RawImage{Manifest: *m}
	if m.IsIndex() {
		return raw, true, nil
	}
	image, err := m.Image()
	if err != nil {
		return nil, false, err
	}
	reader, err := s.store.read(ctx, parsed.Repo, image.Config.Digest.String(), image.Config.Size)
	if err != nil {
		return nil, false, err
	}
	defer reader.Close()
	raw.Config, err = io.ReadAll(io.LimitReader(reader, maxBuffered))
	return raw, true, err
}

// PutRaw puts a manifest on a tag, or at its digest, and makes sure that the
// registry stored just that. An error of kind [ErrMissingBlobs] says that the
// repository lacks some of what it refers to; nothing is taken for known to be
// there then.
func (s *Client) PutRaw(ctx context.Context, ref, mediaType string, raw []byte) error {
	parsed, err := s.ParseReference(ref)
	if err != nil {
		return err
	}
	m := &Manifest{Digest: DigestOf(raw), MediaType: mediaType, Raw: raw}
	known, err := s.PutManifest(ctx, parsed, m)
	if _, missing := errors.AsType[*missingBlobsError](err); missing {
		s.store.forget(parsed.Repo)
		return errkind.With(ErrMissingBlobs, err)
	}
	if err != nil || known {
		return err
	}
	stored, found, err := s.Head(ctx, parsed)
	if err != nil {
		return err
	}
	if !found || stored != m.Digest {
		return errkind.New(ErrAltered, "write %s: the registry stored %q, expected %s", parsed, stored, m.Digest)
	}
	return nil
}
