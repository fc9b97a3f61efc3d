package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/werf/werf/v2/pkg/docker_registry/container_registry_extensions"
)

// putMetadata puts labels on a tag, as werf keeps its metadata: in an image
// without content.
func putMetadata(ctx context.Context, registry Registry, ref string, labels map[string]string) error {
	image, err := newMetadata(labels)
	if err != nil {
		return fmt.Errorf("write %s: %w", ref, err)
	}
	return putImage(ctx, func() error { return image.put(ctx, registry, ref) })
}

// metadata is an image that werf keeps labels in.
type metadata struct {
	mediaType string
	manifest  []byte
	config    Blob
	layers    []Blob // an empty one, the same in all of them
}

func (m metadata) put(ctx context.Context, registry Registry, ref string) error {
	repository := ref[:strings.LastIndexByte(ref, ':')]
	if err := registry.PutBlob(ctx, repository, m.config); err != nil {
		return err
	}
	for _, layer := range m.layers {
		there, err := registry.HasBlob(ctx, repository, layer.Digest)
		if err != nil {
			return err
		}
		if there {
			continue
		}
		if err := registry.PutBlob(ctx, repository, layer); err != nil {
			return err
		}
	}
	return registry.PutManifest(ctx, ref, m.mediaType, m.manifest)
}

func newMetadata(labels map[string]string) (m metadata, err error) {
	img := container_registry_extensions.NewManifestOnlyImage(labels)
	mediaType, err := img.MediaType()
	if err != nil {
		return m, err
	}
	m.mediaType = string(mediaType)
	if m.manifest, err = img.RawManifest(); err != nil {
		return m, err
	}
	config, err := img.RawConfigFile()
	if err != nil {
		return m, err
	}
	m.config = rawBlob(config)
	layers, err := img.Layers()
	if err != nil {
		return m, err
	}
	for _, layer := range layers {
		compressed, err := layer.Compressed()
		if err != nil {
			return m, err
		}
		content, err := io.ReadAll(compressed)
		if err != nil {
			return m, errors.Join(err, compressed.Close())
		}
		if err := compressed.Close(); err != nil {
			return m, err
		}
		m.layers = append(m.layers, rawBlob(content))
	}
	return m, nil
}
