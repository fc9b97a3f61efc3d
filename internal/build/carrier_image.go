package build

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/containers/image/v5/manifest"
	storageimage "github.com/containers/image/v5/storage"
	imagetypes "github.com/containers/image/v5/types"
	"github.com/containers/storage"
)

// storedImage is a stage in the storage: one that was committed there, or one
// that was pulled.
type storedImage struct {
	source   imagetypes.ImageSource
	raw      []byte // the manifest
	manifest *manifest.Schema2
	config   []byte // JSON
	// from is the repository that the image was pulled from, empty if it was
	// committed: then the layers of the manifest are uncompressed.
	from string
}

func (s *storedImage) Close() { _ = s.source.Close() }

// openImage returns nil for an image that is not as Buildah commits it for werf,
// or that was pulled from somewhere unknown.
func openImage(ctx context.Context, store storage.Store, ref string) (*storedImage, error) {
	stored, err := storageimage.Transport.ParseStoreReference(store, ref)
	if err != nil {
		return nil, fmt.Errorf("find %s in the container storage: %w", ref, err)
	}
	source, err := stored.NewImageSource(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("find %s in the container storage: %w", ref, err)
	}
	s := &storedImage{source: source, from: elsewhere(store, ref)}
	ok, err := s.read(ctx)
	if !ok || err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// elsewhere is the repository of another name of an image, which it was pulled
// by, empty if it has one repository only, or several.
func elsewhere(store storage.Store, ref string) string {
	kept, err := store.Image(ref)
	if err != nil {
		return ""
	}
	ours, other := repositoryOf(ref), ""
	for _, name := range kept.Names {
		switch repository := repositoryOf(name); {
		case repository == ours || repository == other:
		case other != "":
			return ""
		default:
			other = repository
		}
	}
	return other
}

// repositoryOf is a reference without its tag and digest.
func repositoryOf(ref string) string {
	ref, _, _ = strings.Cut(ref, "@")
	if i := strings.LastIndexByte(ref, ':'); i > strings.LastIndexByte(ref, '/') {
		return ref[:i]
	}
	return ref
}

func (s *storedImage) read(ctx context.Context) (ok bool, err error) {
	var mediaType string
	if s.raw, mediaType, err = s.source.GetManifest(ctx, nil); err != nil {
		return false, fmt.Errorf("read the manifest of an image in the container storage: %w", err)
	}
	if mediaType != manifest.DockerV2Schema2MediaType {
		return false, nil
	}
	if s.manifest, err = manifest.Schema2FromManifest(s.raw); err != nil {
		return false, err
	}
	layers := map[string]int{}
	for _, layer := range s.manifest.LayersDescriptors {
		layers[layer.MediaType]++
	}
	switch all := len(s.manifest.LayersDescriptors); {
	case layers[manifest.DockerV2SchemaLayerMediaTypeUncompressed] == all:
		s.from = ""
	case layers[manifest.DockerV2Schema2LayerMediaType] != all || s.from == "":
		return false, nil
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
