package build

import (
	"bytes"
	"context"
	"io"
	"maps"
	"strings"
	"sync"

	"github.com/containers/image/v5/manifest"
	"github.com/containers/storage"
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
	registry   Registry
	repoClient *repoClient

	sending singleflight.Group // one at a time per layer

	mu     sync.Mutex
	layers map[string]Layer  // by the digest of the uncompressed layer
	used   map[string]bool   // layers of this run
	ids    map[string]string // of images that the repository has, by reference
}

func newCarrier(registry Registry, repoClient *repoClient, memory *Memory) *carrier {
	c := &carrier{registry: registry, repoClient: repoClient, layers: map[string]Layer{}, used: map[string]bool{}, ids: map[string]string{}}
	if memory != nil {
		maps.Copy(c.layers, memory.Layers)
	}
	return c
}

// Push puts the image that the storage has under ref into the repository. It
// returns false for an image that it leaves to Buildah: one for another
// repository, or that is no stage.
func (c *carrier) Push(ctx context.Context, store storage.Store, ref string) (bool, error) {
	if !strings.HasPrefix(ref, c.repoClient.prefix) {
		return false, nil
	}
	image, err := openImage(ctx, store, ref)
	if image == nil || err != nil {
		return false, err
	}
	defer image.Close()
	push := c.push
	if image.from != "" {
		push = c.copy
	}
	err = putImage(ctx, func() error { return push(ctx, store, image, ref) })
	if err != nil && image.from != "" && ctx.Err() == nil {
		return false, nil // what it was pulled from is gone: Buildah makes it anew
	}
	return true, err
}

// push sends an image that was committed here.
func (c *carrier) push(ctx context.Context, store storage.Store, image *storedImage, ref string) error {
	layers := make([]manifest.Schema2Descriptor, len(image.manifest.LayersDescriptors))
	group, sendCtx := errgroup.WithContext(ctx)
	for i, layer := range image.manifest.LayersDescriptors {
		group.Go(func() error {
			sent, err := c.provide(sendCtx, store, image, layer)
			layers[i] = manifest.Schema2Descriptor{MediaType: manifest.DockerV2Schema2LayerMediaType, Size: sent.Size, Digest: digest.Digest(sent.Digest)}
			return err
		})
	}
	group.Go(func() error { return c.registry.PutBlob(sendCtx, c.repository(), rawBlob(image.config)) })
	if err := group.Wait(); err != nil {
		return err
	}
	text, err := manifest.Schema2FromComponents(image.manifest.ConfigDescriptor, layers).Serialize()
	if err != nil {
		return err
	}
	return c.put(ctx, ref, image, text)
}

// copy puts an image that was pulled from another repository into this one, with
// the same digest.
func (c *carrier) copy(ctx context.Context, _ storage.Store, image *storedImage, ref string) error {
	group, copyCtx := errgroup.WithContext(ctx)
	for _, layer := range image.manifest.LayersDescriptors {
		group.Go(func() error {
			blob := Layer{Digest: layer.Digest.String(), Size: layer.Size}
			there, err := c.registry.HasBlob(copyCtx, c.repository(), blob.Digest)
			if there || err != nil {
				return err
			}
			return c.registry.CopyBlob(copyCtx, image.from, c.repository(), blob)
		})
	}
	group.Go(func() error { return c.registry.PutBlob(copyCtx, c.repository(), rawBlob(image.config)) })
	if err := group.Wait(); err != nil {
		return err
	}
	return c.put(ctx, ref, image, image.raw)
}

// put writes the manifest of an image whose blobs are there.
func (c *carrier) put(ctx context.Context, ref string, image *storedImage, text []byte) error {
	if err := c.registry.PutManifest(ctx, ref, manifest.DockerV2Schema2MediaType, text); err != nil {
		return err
	}
	c.repoClient.wrote(ref, RegistryImage{Digest: digest.FromBytes(text).String(), Manifest: text, Config: image.config})
	c.setID(ref, image.manifest)
	return nil
}

// Find returns the id of the image in the storage that the repository has under
// ref, empty if that very image is not there and has to be pulled.
func (c *carrier) Find(ctx context.Context, store storage.Store, ref string) string {
	if !strings.HasPrefix(ref, c.repoClient.prefix) {
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

func (c *carrier) repository() string { return strings.TrimSuffix(c.repoClient.prefix, ":") }

func rawBlob(content []byte) Blob {
	return Blob{
		Digest: digest.FromBytes(content).String(), Size: int64(len(content)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil },
	}
}
