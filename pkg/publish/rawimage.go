package publish

import (
	"context"
	"io"
)

// RawImage is an image of one platform as the registry keeps it.
type RawImage struct {
	Manifest
	Config []byte // JSON; nil for an index of several platforms
}

// RawImage reads the manifest and the config that ref is on, two requests; found
// is false when it does not exist. It is for readers with their own idea of an
// image, such as werf's stages.
func (s *Session) RawImage(ctx context.Context, ref string) (raw *RawImage, found bool, err error) {
	parsed, err := s.parseReference(ref)
	if err != nil {
		return nil, false, err
	}
	m, found, err := s.manifest(ctx, parsed)
	if err != nil || !found {
		return nil, false, err
	}
	raw = &RawImage{Manifest: *m}
	if m.isIndex() {
		return raw, true, nil
	}
	image, err := m.image()
	if err != nil {
		return nil, false, err
	}
	reader, err := s.readBlob(ctx, parsed.repo, image.Config.Digest.String(), image.Config.Size)
	if err != nil {
		return nil, false, err
	}
	defer reader.Close()
	raw.Config, err = io.ReadAll(io.LimitReader(reader, maxBuffered))
	return raw, true, err
}
