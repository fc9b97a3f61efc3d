package remote

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/klauspost/compress/zstd"

	"github.com/modship/modship/pkg/internal/errkind"
)

// keptLayer is the size in bytes up to which a layer is held in memory between
// the two readings that squashing takes.
const keptLayer = 8 << 20

// StopWalk ends [Client.Walk] early without an error.
var StopWalk = errors.New("stop the walk") //nolint:errname // ends a walk, like fs.SkipDir, and is not a failure

// Walk gives visit the content of an image as one tar, squashed as the
// controller squashes it (oci-tools Squash): whiteouts are applied, of a path
// in several layers the uppermost counts, a directory comes before what is in
// it when it has an entry of its own. Headers are as they are in the layer,
// names included. Of an index the linux/amd64 image is read.
func (s *Client) Walk(ctx context.Context, ref string, visit func(header *tar.Header, content io.Reader) error) error {
	parsed, err := s.ParseReference(ref)
	if err != nil {
		return err
	}
	return walk(ctx, s, parsed, visit)
}

func walk(ctx context.Context, s *Client, ref Reference, visit func(*tar.Header, io.Reader) error) error {
	m, err := s.platformManifest(ctx, ref)
	if err != nil {
		return err
	}
	image, err := m.Image()
	if err != nil {
		return err
	}
	layers := make([]layer, len(image.Layers))
	for i, descriptor := range image.Layers {
		layers[i] = layer{session: s, repo: ref.Repo, descriptor: descriptor}
	}
	err = squash(ctx, layers, visit)
	if errors.Is(err, StopWalk) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the files of %s: %w", ref, err)
	}
	return nil
}

// layer is one layer of an image in a registry.
type layer struct {
	session    *Client
	repo       name.Repository
	descriptor v1.Descriptor
	content    []byte // compressed, when it was small enough to keep
}

// open returns the layer's tar stream.
func (l *layer) open(ctx context.Context) (io.ReadCloser, error) {
	if l.content != nil {
		return decompress(io.NopCloser(bytes.NewReader(l.content)))
	}
	blob, err := l.session.store.read(ctx, l.repo, l.descriptor.Digest.String(), l.descriptor.Size)
	if err != nil {
		return nil, err
	}
	if l.descriptor.Size > keptLayer {
		return decompress(blob)
	}
	defer blob.Close()
	if l.content, err = io.ReadAll(io.LimitReader(blob, maxBuffered)); err != nil {
		return nil, err
	}
	return decompress(io.NopCloser(bytes.NewReader(l.content)))
}

// decompress recognises gzip and zstd by their first bytes: media types are
// not reliable here.
func decompress(blob io.ReadCloser) (io.ReadCloser, error) {
	buffered := bufio.NewReader(blob)
	magic, err := buffered.Peek(4)
	if err != nil && err != io.EOF {
		return nil, errors.Join(err, blob.Close())
	}
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		stream, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, errors.Join(errkind.New(ErrCorrupt, "layer is not valid gzip: %w", err), blob.Close())
		}
		return ReadCloser{stream, blob.Close}, nil
	case bytes.Equal(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		stream, err := zstd.NewReader(buffered, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, errors.Join(errkind.New(ErrCorrupt, "layer is not valid zstd: %w", err), blob.Close())
		}
		return ReadCloser{stream, func() error { stream.Close(); return blob.Close() }}, nil
	}
	return ReadCloser{buffered, blob.Close}, nil
}

// ReadCloser is a reader with a function that closes it.
type ReadCloser struct {
	io.Reader
	close func() error
}

// Close implements io.Closer.
func (r ReadCloser) Close() error { return r.close() }

// position is a place in the stack of layers.
type position struct{ layer, entry int }

// placed is what the squashed image has at a path, and where it comes from.
type placed struct {
	header *tar.Header
	shown  position // entry at whose place it is shown
}

const (
	whiteout = ".wh."
	opaque   = ".wh..wh..opq"
)

// squash shows the entries that are left when layers lie on each other, the
// lowest first. The first reading decides, the second shows.
func squash(ctx context.Context, layers []layer, visit func(*tar.Header, io.Reader) error) error {
	final := map[string]placed{}
	for i := range layers {
		if err := stack(ctx, final, i, &layers[i]); err != nil {
			return err
		}
	}
	shown := map[position]placed{}
	for _, p := range final {
		shown[p.shown] = p
	}
	for i := range layers {
		err := layers[i].each(ctx, func(n int, _ *tar.Header, content io.Reader) error {
			p, ok := shown[position{i, n}]
			if !ok {
				return nil
			}
			return visit(p.header, content)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// stack lays one layer on the result so far: first what it removes from the
// layers below, then its own entries.
func stack(ctx context.Context, final map[string]placed, number int, l *layer) error {
	own := map[string]placed{}
	err := l.each(ctx, func(n int, header *tar.Header, _ io.Reader) error {
		key := path.Clean("/" + header.Name)
		dir, base := path.Split(key)
		switch {
		case base == opaque:
			removeBelow(final, path.Clean(dir))
		case strings.HasPrefix(base, whiteout):
			hidden := dir + strings.TrimPrefix(base, whiteout)
			delete(final, hidden)
			removeBelow(final, hidden)
		default:
			own[key] = placed{header: header, shown: position{number, n}}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for key, p := range own {
		if before, ok := final[key]; ok && before.header.Typeflag == tar.TypeDir {
			if p.header.Typeflag == tar.TypeDir {
				p.shown = before.shown
			} else {
				removeBelow(final, key)
			}
		}
		final[key] = p
	}
	return nil
}

// removeBelow removes everything in the directory.
func removeBelow(final map[string]placed, dir string) {
	prefix := strings.TrimSuffix(dir, "/") + "/"
	for key := range final {
		if strings.HasPrefix(key, prefix) && key != dir {
			delete(final, key)
		}
	}
}

// each reads the layer's entries in order.
func (l *layer) each(ctx context.Context, do func(n int, header *tar.Header, content io.Reader) error) error {
	stream, err := l.open(ctx)
	if err != nil {
		return err
	}
	defer stream.Close()
	entries := tar.NewReader(stream)
	for n := 0; ; n++ {
		header, err := entries.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return errkind.New(ErrCorrupt, "layer %s is not a valid tar: %w", l.descriptor.Digest, err)
		}
		if err := do(n, header, entries); err != nil {
			return err
		}
	}
}
