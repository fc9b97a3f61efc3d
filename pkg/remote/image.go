package remote

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/modship/modship/pkg/internal/errkind"
	"github.com/modship/modship/pkg/module"
)

// platformManifest resolves ref to the manifest of one image. Of an index it
// takes linux/amd64, as the controller does (deckhouse,
// go_lib/dependency/cr/cr.go).
func (s *Client) platformManifest(ctx context.Context, ref Reference) (*Manifest, error) {
	m, err := s.FetchManifest(ctx, ref)
	if err != nil || !m.IsIndex() {
		return m, err
	}
	index, err := m.Index()
	if err != nil {
		return nil, err
	}
	for _, child := range index.Manifests {
		if p := child.Platform; p != nil && p.OS == "linux" && p.Architecture == "amd64" {
			return s.FetchManifest(ctx, ref.At(child.Digest.String()))
		}
	}
	return nil, fmt.Errorf("%s has %w", ref, module.ErrPlatform)
}

// Files reads files from the root of an image, by name without regard to
// case. The result has those that exist. A file above [module.MaxMetadataSize]
// is an error, as it is for the controller.
func (s *Client) Files(ctx context.Context, ref string, names ...string) (map[string][]byte, error) {
	parsed, err := s.ParseReference(ref)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	err = walk(ctx, s, parsed, func(header *tar.Header, content io.Reader) error {
		file := strings.ToLower(path.Clean(header.Name))
		if header.Typeflag != tar.TypeReg || !slices.Contains(names, file) {
			return nil
		}
		data, err := io.ReadAll(io.LimitReader(content, module.MaxMetadataSize+1))
		if err != nil {
			return err
		}
		if len(data) > module.MaxMetadataSize {
			return errkind.New(ErrCorrupt, "%s in %s is larger than %d bytes", file, ref, module.MaxMetadataSize)
		}
		files[file] = data
		return nil
	})
	return files, err
}

// Platforms lists the platforms of an image, os/architecture with an optional
// /variant: one for an image, "unknown" when it does not say, one per image of
// an index.
func (s *Client) Platforms(ctx context.Context, ref string) ([]string, error) {
	parsed, err := s.ParseReference(ref)
	if err != nil {
		return nil, err
	}
	m, err := s.FetchManifest(ctx, parsed)
	if err != nil {
		return nil, err
	}
	if !m.IsIndex() {
		config, err := s.config(ctx, parsed, m)
		if err != nil {
			return nil, err
		}
		if platform := config.Platform(); platform != nil {
			return []string{platform.String()}, nil
		}
		return []string{"unknown"}, nil
	}
	index, err := m.Index()
	if err != nil {
		return nil, err
	}
	platforms := []string{}
	for _, child := range index.Manifests {
		// An attestation of BuildKit calls itself unknown/unknown.
		if p := child.Platform; p != nil && p.OS != "unknown" {
			platforms = append(platforms, p.String())
		}
	}
	return platforms, nil
}

// config reads the config of the image manifest m.
func (s *Client) config(ctx context.Context, ref Reference, m *Manifest) (*v1.ConfigFile, error) {
	image, err := m.Image()
	if err != nil {
		return nil, err
	}
	reader, err := s.store.read(ctx, ref.Repo, image.Config.Digest.String(), image.Config.Size)
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	content, err := io.ReadAll(io.LimitReader(reader, maxBuffered))
	if err != nil {
		return nil, err
	}
	config, err := v1.ParseConfigFile(bytes.NewReader(content))
	if err != nil {
		return nil, errkind.New(ErrCorrupt, "read the config of %s: %w", ref, err)
	}
	return config, nil
}

// CreatedAt returns when an image says it was made; zero when it does not.
func (s *Client) CreatedAt(ctx context.Context, ref Reference) (time.Time, error) {
	m, err := s.platformManifest(ctx, ref)
	if err != nil {
		return time.Time{}, err
	}
	config, err := s.config(ctx, ref, m)
	if err != nil {
		return time.Time{}, err
	}
	return config.Created.Time, nil
}
