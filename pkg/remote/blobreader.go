package remote

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/modship/modship/pkg/internal/errkind"
)

// blobReader reads a blob to its end whatever the connection does: after a
// break it goes on where it stopped. At the end the digest is proven.
type blobReader struct {
	ctx    context.Context //nolint:containedctx // an io.Reader has no other way to get one
	store  *blobStore
	repo   name.Repository
	digest string
	size   int64 // -1 when unknown

	body   io.ReadCloser
	offset int64
	breaks int
	sum    hash.Hash
}

func (b *blobStore) read(ctx context.Context, repo name.Repository, digest string, size int64) (io.ReadCloser, error) {
	body, err := b.get(ctx, repo, digest, 0)
	if err != nil {
		return nil, err
	}
	return &blobReader{ctx: ctx, store: b, repo: repo, digest: digest, size: size, body: body, sum: sha256.New()}, nil
}

// Read implements io.Reader.
func (r *blobReader) Read(p []byte) (int, error) {
	n, err := r.body.Read(p)
	r.offset += int64(n)
	r.sum.Write(p[:n])
	switch {
	case err == nil:
		return n, nil
	case err == io.EOF && (r.size < 0 || r.offset >= r.size):
		return n, r.prove()
	case n > 0:
		return n, nil // the break shows again on the next read
	}
	if err := r.resume(err); err != nil {
		return 0, err
	}
	return r.Read(p)
}

// resume opens the rest of the blob after a break.
func (r *blobReader) resume(cause error) error {
	if errors.Is(cause, io.EOF) {
		cause = io.ErrUnexpectedEOF
	}
	r.breaks++
	if r.breaks >= attempts || r.ctx.Err() != nil {
		return fmt.Errorf("read blob %s of %s: %w", r.digest, r.repo, cause)
	}
	r.store.opts.Log("read blob %s of %s: %v at byte %d, going on from there", r.digest, r.repo, cause, r.offset)
	if err := r.store.wire.sleep(r.ctx, backoff(r.breaks-1)); err != nil {
		return err
	}
	body, err := r.store.get(r.ctx, r.repo, r.digest, r.offset)
	if err != nil {
		return err
	}
	closeErr := r.body.Close()
	r.body = body
	if errors.Is(closeErr, context.Canceled) {
		return closeErr
	}
	return nil
}

// prove compares what was read with the digest and returns io.EOF.
func (r *blobReader) prove() error {
	if got := "sha256:" + hex.EncodeToString(r.sum.Sum(nil)); got != r.digest {
		return errkind.New(ErrCorrupt, "read blob %s of %s: the content has digest %s", r.digest, r.repo, got)
	}
	return io.EOF
}

// Close implements io.Closer.
func (r *blobReader) Close() error { return r.body.Close() }
