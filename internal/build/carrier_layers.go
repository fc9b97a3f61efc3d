package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"

	"github.com/containers/image/v5/manifest"
	imagetypes "github.com/containers/image/v5/types"
	"github.com/containers/storage"
	"github.com/containers/storage/pkg/archive"
	"github.com/klauspost/pgzip"
	"github.com/opencontainers/go-digest"
)

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
