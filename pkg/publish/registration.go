package publish

import (
	"context"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/modship/modship/pkg/remote"
)

// RegistrationDigest is the digest of the image under a registration tag: the
// constant empty image that `crane append --oci-empty-base --new_layer ""`
// makes. Consumers read the tag's name only.
const RegistrationDigest = "sha256:3d56b3c004797db33c7f771a2194d4c43a6cb740954863530b45f471da48cc08"

// registrationImage returns the manifest and the config of that image.
func registrationImage() (*remote.Manifest, []byte, error) {
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	raw, err := image.RawManifest()
	if err != nil {
		return nil, nil, err
	}
	config, err := image.RawConfigFile()
	if err != nil {
		return nil, nil, err
	}
	return &remote.Manifest{Digest: remote.DigestOf(raw), MediaType: string(types.OCIManifestSchema1), Raw: raw}, config, nil
}

// provideRegistrationConfig puts the config of the registration image into the
// repository. Another module's registration may have left it there: asking to
// mount it from the very repository finds that out without a further request.
func (s *Publisher) provideRegistrationConfig(ctx context.Context, repo name.Repository) error {
	_, config, err := registrationImage()
	if err != nil {
		return err
	}
	return s.client.Provide(ctx, repo, remote.Blob{Digest: remote.DigestOf(config), Size: int64(len(config)), Raw: config, From: repo})
}
