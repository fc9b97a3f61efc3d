package build

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"strings"
	"sync"

	"github.com/containers/image/v5/manifest"
	storageimage "github.com/containers/image/v5/storage"
	imagetypes "github.com/containers/image/v5/types"
	"github.com/containers/storage"
	"github.com/containers/storage/pkg/archive"
	"github.com/klauspost/pgzip"
	"github.com/opencontainers/go-digest"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/singleflight"
)

// A Blob is content for a repository.
type Blob struct {
	Digest string
	Size   int64
	Open   func() (io.ReadCloser, error) // may be called again after a failure
}

// A Layer is a layer as a registry keeps it.
type Layer struct {
	Digest string `json:"digest"` // of the compressed layer
	Size   int64  `json:"size"`   // in bytes, compressed
}

// carrier moves images between the container storage and the repository of the
// stages in the place of Buildah.
//
// Buildah remembers which compressed layer belongs to which layer of the storage
// in a SQLite database, which a program without cgo does not have. It so
// compresses every layer of an image, those of its base image included, each time
// an image is pushed, and reads back what it has just pushed.
type carrier struct {
	registry Registry
	reads    *reads

	sending singleflight.Group // one at a time per layer

	mu     sync.Mutex
	layers map[string]Layer  // by the digest of the uncompressed layer
	used   map[string]bool   // layers of this run
	ids    map[string]string // of images that the repository has, by reference
}

func newCarrier(registry Registry, reads *reads, memory *Memory) *carrier {
	c := &carrier{registry: registry, reads: reads, layers: map[string]Layer{}, used: map[string]bool{}, ids: map[string]string{}}
	if memory != nil {
		maps.Copy(c.layers, memory.Layers)
	}
	return c
}

// Push puts the image that the storage has under ref into the repository. It
// returns false for an image that it leaves to Buildah: one of another
// repository, or that was not made here.
func (c *carrier) Push(ctx context.Context, store storage.Store, ref string) (bool, error) {
	if !strings.HasPrefix(ref, c.reads.prefix) {
		return false, nil
	}
	source, err := openImage(ctx, store, ref)
	if source == nil || err != nil {
		return false, err
	}
	defer source.Close()
	err = c.push(ctx, store, source, ref)
	if errors.Is(err, ErrMissingBlobs) {
		// Something was deleted that was there a moment ago.
		err = c.push(ctx, store, source, ref)
	}
	return true, err
}

func (c *carrier) push(ctx context.Context, store storage.Store, source *storedImage, ref string) error {
	schema := source.manifest
	layers := make([]manifest.Schema2Descriptor, len(schema.LayersDescriptors))
	group, sendCtx := errgroup.WithContext(ctx)
	for i, layer := range schema.LayersDescriptors {
		group.Go(func() error {
			sent, err := c.provide(sendCtx, store, source, layer)
			layers[i] = manifest.Schema2Descriptor{MediaType: manifest.DockerV2Schema2LayerMediaType, Size: sent.Size, Digest: digest.Digest(sent.Digest)}
			return err
		})
	}
	group.Go(func() error {
		return c.registry.PutBlob(sendCtx, c.repository(), rawBlob(source.config))
	})
	if err := group.Wait(); err != nil {
		return err
	}
	text, err := manifest.Schema2FromComponents(schema.ConfigDescriptor, layers).Serialize()
	if err != nil {
		return err
	}
	written := RegistryImage{Digest: digest.FromBytes(text).String(), Manifest: text, Config: source.config}
	if err := c.registry.PutManifest(ctx, ref, manifest.DockerV2Schema2MediaType, text); err != nil {
		return err
	}
	c.reads.wrote(ref, written)
	c.setID(ref, schema)
	return nil
}

// Find returns the id of the image in the storage that the repository has under
// ref, empty if that very image is not there and has to be pulled.
func (c *carrier) Find(ctx context.Context, store storage.Store, ref string) string {
	if !strings.HasPrefix(ref, c.reads.prefix) {
		return ""
	}
	kept, err := store.Image(ref)
	if err != nil {
		return ""
	}
	if id := c.idOf(ctx, ref); id == kept.ID {
		return id
	}
	return ""
}

// idOf is the id of the image that the repository has under ref, the digest of
// its configuration.
func (c *carrier) idOf(ctx context.Context, ref string) string {
	c.mu.Lock()
	id := c.ids[ref]
	c.mu.Unlock()
	if id != "" {
		return id
	}
	read, found, err := c.registry.ReadImage(ctx, ref)
	if err != nil || !found {
		return ""
	}
	schema, err := manifest.Schema2FromManifest(read.Manifest)
	if err != nil {
		return ""
	}
	c.setID(ref, schema)
	return schema.ConfigDescriptor.Digest.Encoded()
}

func (c *carrier) setID(ref string, schema *manifest.Schema2) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ids[ref] = schema.ConfigDescriptor.Digest.Encoded()
}

func (c *carrier) repository() string { return strings.TrimSuffix(c.reads.prefix, ":") }

// provide makes sure that the repository has a layer, and returns it as it is there.
func (c *carrier) provide(ctx context.Context, store storage.Store, source *storedImage, layer manifest.Schema2Descriptor) (Layer, error) {
	found, err, _ := c.sending.Do(layer.Digest.String(), func() (any, error) {
		for _, known := range c.known(store, layer.Digest) {
			there, err := c.registry.HasBlob(ctx, c.repository(), known.Digest)
			if err != nil {
				return Layer{}, err
			}
			if there {
				c.learn(layer.Digest, known)
				return known, nil
			}
		}
		return c.send(ctx, source, layer)
	})
	if err != nil {
		return Layer{}, err
	}
	return found.(Layer), nil
}

// known are the compressed forms of a layer that have been seen: here, and where
// the storage got it from.
func (c *carrier) known(store storage.Store, diff digest.Digest) []Layer {
	var layers []Layer
	c.mu.Lock()
	if layer, ok := c.layers[diff.String()]; ok {
		layers = append(layers, layer)
	}
	c.mu.Unlock()
	stored, err := store.LayersByUncompressedDigest(diff)
	if err != nil {
		return layers
	}
	seen := map[string]bool{}
	for _, layer := range stored {
		if layer.CompressedDigest == "" || layer.CompressionType != archive.Gzip || layer.CompressedSize <= 0 || seen[layer.CompressedDigest.String()] {
			continue
		}
		seen[layer.CompressedDigest.String()] = true
		layers = append(layers, Layer{Digest: layer.CompressedDigest.String(), Size: layer.CompressedSize})
	}
	return layers
}

func (c *carrier) learn(diff digest.Digest, layer Layer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.layers[diff.String()] = layer
	c.used[diff.String()] = true
}

// remember returns the layers for the next run: all, or those that this run
// used if there are more than limit.
func (c *carrier) remember(limit int) map[string]Layer {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.layers) <= limit {
		return maps.Clone(c.layers)
	}
	layers := map[string]Layer{}
	for diff := range c.used {
		layers[diff] = c.layers[diff]
	}
	return layers
}

// askFirst is the size of layers, in bytes, that a registry is asked for before
// they are sent: a smaller one is sent as quickly.
const askFirst = 64 << 10

// send compresses a layer into a file and puts it into the repository. The file
// is what lets a registry be asked for a whole blob in one request, and again.
func (c *carrier) send(ctx context.Context, source *storedImage, diff manifest.Schema2Descriptor) (Layer, error) {
	file, err := os.CreateTemp("", "layer-")
	if err != nil {
		return Layer{}, err
	}
	defer os.Remove(file.Name())
	layer, err := compress(ctx, file, source, diff)
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return Layer{}, fmt.Errorf("compress layer %s: %w", diff.Digest, err)
	}
	if layer.Size >= askFirst {
		// Another machine may have sent it: compressing gives the same bytes.
		there, err := c.registry.HasBlob(ctx, c.repository(), layer.Digest)
		if err != nil {
			return Layer{}, err
		}
		if there {
			c.learn(diff.Digest, layer)
			return layer, nil
		}
	}
	blob := Blob{Digest: layer.Digest, Size: layer.Size, Open: func() (io.ReadCloser, error) { return os.Open(file.Name()) }}
	if err := c.registry.PutBlob(ctx, c.repository(), blob); err != nil {
		return Layer{}, err
	}
	c.learn(diff.Digest, layer)
	return layer, nil
}

// compress writes a layer as Buildah compresses it.
func compress(ctx context.Context, w io.Writer, source *storedImage, diff manifest.Schema2Descriptor) (Layer, error) {
	content, _, err := source.source.GetBlob(ctx, imagetypes.BlobInfo{Digest: diff.Digest, Size: diff.Size}, nil)
	if err != nil {
		return Layer{}, err
	}
	defer content.Close()
	sum := &counted{digester: digest.SHA256.Digester()}
	compressed := pgzip.NewWriter(io.MultiWriter(w, sum))
	if _, err := io.Copy(compressed, content); err != nil {
		return Layer{}, errors.Join(err, compressed.Close())
	}
	if err := compressed.Close(); err != nil {
		return Layer{}, err
	}
	return Layer{Digest: sum.digester.Digest().String(), Size: sum.size}, nil
}

// counted computes the digest and the size of what is written to it.
type counted struct {
	digester digest.Digester
	size     int64
}

// Write implements io.Writer.
func (c *counted) Write(p []byte) (int, error) {
	c.size += int64(len(p))
	return c.digester.Hash().Write(p)
}

func rawBlob(content []byte) Blob {
	return Blob{
		Digest: digest.FromBytes(content).String(), Size: int64(len(content)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil },
	}
}

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
