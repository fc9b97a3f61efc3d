package publish

import (
	"context"

	"github.com/modship/modship/pkg/internal/errkind"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/remote"
)

// versionAt reads the version in a release image.
func (s *Publisher) versionAt(ctx context.Context, ref remote.Reference) (string, error) {
	files, err := s.client.Files(ctx, ref.String(), "version.json")
	if err != nil {
		return "", err
	}
	content, ok := files["version.json"]
	if !ok {
		return "", errkind.New(ErrBroken, "release image %s has no version.json", ref)
	}
	version, err := module.ParseVersionFile(content)
	if err != nil {
		return "", errkind.New(ErrBroken, "release image %s: %w", ref, err)
	}
	return version, nil
}
