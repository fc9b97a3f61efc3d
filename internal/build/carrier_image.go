package build

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/containers/image/v5/manifest"
	storageimage "github.com/containers/image/v5/storage"
	imagetypes "github.com/containers/image/v5/types"
	"github.com/containers/storage"
)

// storedImage is an image of the storage that was committed there.
type storedImage struct {
	source   imagetypes.ImageSource
	manifest *manifest.Schema2 // with uncompressed layers
	config   []byte            // JSON
}

func (s *storedImage) Close() { _ = s.source.Close() }

// openImage returns nil for an image that is not as Buildah commits it for werf.
func openImage(ctx context.Context, store storage.Store, ref string) (*storedImage, error) {
	stored, err := storageimage.Transport.ParseStoreReference(store, ref)
	if err != nil {
		return nil, fmt.Errorf("find %s in the container storage: %w", ref, err)
	}
	source, err := stored.NewImageSource(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("find %s in the container storage: %w", ref, err)
	}
	s := &storedImage{source: source}
	ok, err := s.read(ctx)
	if !ok || err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *storedImage) read(ctx context.Context) (ok bool, err error) {
	text, mediaType, err := s.source.GetManifest(ctx, nil)
	if err != nil {
		return false, fmt.Errorf("read the manifest of an image in the container storage: %w", err)
	}
	if mediaType != manifest.DockerV2Schema2MediaType {
		return false, nil
	}
	if s.manifest, err = manifest.Schema2FromManifest(text); err != nil {
		return false, err
	}
	for _, layer := range s.manifest.LayersDescriptors {
		if layer.MediaType != manifest.DockerV2SchemaLayerMediaTypeUncompressed {
			return false, nil
		}
	}
	config, _, err := s.source.GetBlob(ctx, s.manifest.ConfigInfo(), nil)
	if err != nil {
		return false, fmt.Errorf("read the configuration of an image in the container storage: %w", err)
	}
	defer config.Close()
	if s.config, err = io.ReadAll(config); err != nil {
		return false, err
	}
	return json.Valid(s.config), nil
}
