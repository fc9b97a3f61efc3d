package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/sync/singleflight"

	"github.com/modship/modship/pkg/internal/errkind"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Blob is content to be put into a repository, and where to take it from.
type Blob struct {
	Digest string
	Size   int64
	From   name.Repository // repository to mount it from or to read it in
	Raw    []byte          // the content itself where it is at hand
	// Open opens the content, for each attempt anew, where it is neither in Raw
	// nor in a registry.
	Open func() (io.ReadCloser, error)
}

// HasBlob tells whether a repository has a blob. What it once had is not asked
// for again.
func (s *Client) HasBlob(ctx context.Context, repository, digest string) (bool, error) {
	repo, err := s.ParseRepository(repository)
	if err != nil {
		return false, err
	}
	return s.store.head(ctx, repo, digest)
}

// PutBlob puts a blob with content of its own into a repository, unless it is
// known to be there.
func (s *Client) PutBlob(ctx context.Context, repository string, blob Blob) error {
	repo, err := s.ParseRepository(repository)
	if err != nil {
		return err
	}
	return s.Provide(ctx, repo, blob)
}

// imageBlobs lists what an image manifest refers to, without layers that are
// fetched from elsewhere by their own URL.
func imageBlobs(manifest *v1.Manifest, from name.Repository) []Blob {
	blobs := []Blob{{Digest: manifest.Config.Digest.String(), Size: manifest.Config.Size, From: from}}
	for _, layer := range manifest.Layers {
		if layer.MediaType == types.DockerForeignLayer || len(layer.URLs) > 0 {
			continue
		}
		blobs = append(blobs, Blob{Digest: layer.Digest.String(), Size: layer.Size, From: from})
	}
	return blobs
}

// blobStore is the client's side of blobs: what is known to be where, and which
// transfers are under way.
type blobStore struct {
	*Client
	transfers chan struct{}      // limits blobs under way
	providing singleflight.Group // one at a time per blob and repository

	mu    sync.Mutex
	known map[string]bool // repository@digest known to be there
}

func newBlobStore(client *Client) *blobStore {
	return &blobStore{Client: client, transfers: make(chan struct{}, client.opts.Jobs), known: map[string]bool{}}
}

func (b *blobStore) has(repo name.Repository, digest string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.known[repo.Name()+"@"+digest]
}

func (b *blobStore) mark(repo name.Repository, digest string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.known[repo.Name()+"@"+digest] = true
}

// forget drops what is known to be in repo.
func (b *blobStore) forget(repo name.Repository) {
	b.mu.Lock()
	defer b.mu.Unlock()
	maps.DeleteFunc(b.known, func(blob string, _ bool) bool { return strings.HasPrefix(blob, repo.Name()+"@") })
}

// Provide puts a blob into repo: by a mount where both repositories are in one
// registry, else by an upload.
func (s *Client) Provide(ctx context.Context, repo name.Repository, blob Blob) error {
	// Images of a module share layers: what two of them lack goes once.
	_, err, _ := s.store.providing.Do(repo.Name()+"@"+blob.Digest, func() (any, error) {
		return nil, s.store.provideOnce(ctx, repo, blob)
	})
	return err
}

func (b *blobStore) provideOnce(ctx context.Context, repo name.Repository, blob Blob) error {
	if b.has(repo, blob.Digest) {
		return nil
	}
	location, err := b.startUpload(ctx, repo, blob)
	if err != nil || location == "" {
		return err
	}
	return b.upload(ctx, repo, blob, location)
}

// startUpload asks for a mount, or for the start of an upload where a mount is
// impossible. An empty location means that the blob is there. The
// specification has a registry that cannot mount start an upload instead;
// Harbor and others answer an error, then it is asked once more without.
func (b *blobStore) startUpload(ctx context.Context, repo name.Repository, blob Blob) (location string, err error) {
	query := url.Values{}
	if blob.From.Registry == repo.Registry {
		if err := b.Login(ctx, map[string]Access{blob.From.Name(): Pull}); err != nil {
			return "", err
		}
		query.Set("mount", blob.Digest)
		query.Set("from", blob.From.RepositoryStr())
	}
	location, err = b.postUpload(ctx, repo, blob, query)
	if err != nil && len(query) > 0 && StatusOf(err) >= 400 && StatusOf(err) != http.StatusTooManyRequests {
		b.opts.Log("%s does not mount %s from %s, uploading it: %v", repo, blob.Digest, blob.From, err)
		location, err = b.postUpload(ctx, repo, blob, nil)
	}
	return location, err
}

func (b *blobStore) postUpload(ctx context.Context, repo name.Repository, blob Blob, query url.Values) (string, error) {
	response, err := b.do(ctx, call{
		method: http.MethodPost, repo: repo, path: "blobs/uploads/", query: query, level: Push,
		want: []int{http.StatusCreated, http.StatusAccepted}, doing: fmt.Sprintf("write blob %s to %s", blob.Digest, repo),
	})
	if err != nil {
		return "", err
	}
	response.Body.Close()
	if response.StatusCode == http.StatusCreated {
		b.mark(repo, blob.Digest)
		return "", nil
	}
	return resolveLocation(response, repo)
}

// resolveLocation makes a Location absolute: it may be relative to the request.
func resolveLocation(response *http.Response, repo name.Repository) (string, error) {
	location := response.Header.Get("Location")
	target, err := own(response.Request.URL, location)
	if location == "" || err != nil {
		return "", errkind.New(ErrNotRegistry, "start an upload to %s: the registry gives no valid Location", repo)
	}
	return target.String(), nil
}

// upload sends the content to an upload's location. After a failure an upload
// is in an unknown state, so the next attempt starts a new one.
func (b *blobStore) upload(ctx context.Context, repo name.Repository, blob Blob, location string) error {
	select {
	case b.transfers <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-b.transfers }()
	for attempt := 0; ; attempt++ {
		err := b.putUpload(ctx, repo, blob, location)
		if err == nil {
			b.mark(repo, blob.Digest)
			return nil
		}
		status := StatusOf(err)
		// 404 and 416: the upload is gone or elsewhere than we think.
		passing := status == 0 || isTransientStatus(status) || status == http.StatusNotFound || status == http.StatusRequestedRangeNotSatisfiable
		if attempt+1 >= attempts || ctx.Err() != nil || !passing || errors.Is(err, errSource) {
			return err
		}
		if err := b.wire.sleep(ctx, backoff(attempt)); err != nil {
			return err
		}
		if location, err = b.postUpload(ctx, repo, blob, nil); err != nil {
			return err
		}
	}
}

// errSource marks errors of reading a blob, which sending it again cannot cure.
var errSource = errors.New("source of the blob")

func (b *blobStore) putUpload(ctx context.Context, repo name.Repository, blob Blob, location string) error {
	target, err := url.Parse(location)
	if err != nil {
		return fmt.Errorf("write blob %s to %s: bad upload address", blob.Digest, repo)
	}
	query := target.Query()
	query.Set("digest", blob.Digest)
	target.RawQuery = query.Encode()
	response, err := b.do(ctx, call{
		send:   sendOptions{once: true},
		method: http.MethodPut, repo: repo, url: target.String(), level: Push,
		header: map[string]string{"Content-Type": "application/octet-stream"},
		open:   func() (io.ReadCloser, error) { return b.open(ctx, blob) }, size: blob.Size,
		want: []int{http.StatusCreated, http.StatusNoContent}, doing: fmt.Sprintf("write blob %s to %s", blob.Digest, repo),
	})
	if err != nil {
		return err
	}
	return response.Body.Close()
}

// openBlob opens the content of b.
func (b *blobStore) open(ctx context.Context, blob Blob) (io.ReadCloser, error) {
	if blob.Raw != nil {
		return io.NopCloser(bytes.NewReader(blob.Raw)), nil
	}
	if blob.Open != nil {
		content, err := blob.Open()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errSource, err)
		}
		return content, nil
	}
	reader, err := b.read(ctx, blob.From, blob.Digest, blob.Size)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errSource, err)
	}
	return reader, nil
}

// headBlob tells whether repo has the blob.
func (b *blobStore) head(ctx context.Context, repo name.Repository, digest string) (bool, error) {
	if b.has(repo, digest) {
		return true, nil
	}
	response, err := b.do(ctx, call{
		method: http.MethodHead, repo: repo, path: "blobs/" + digest, level: Pull,
		want: []int{http.StatusOK}, doing: fmt.Sprintf("look for blob %s in %s", digest, repo),
	})
	if isAbsent(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	b.mark(repo, digest)
	return true, response.Body.Close()
}

// getBlob starts reading a blob at an offset.
func (b *blobStore) get(ctx context.Context, repo name.Repository, digest string, offset int64) (io.ReadCloser, error) {
	c := call{
		method: http.MethodGet, repo: repo, path: "blobs/" + digest, level: Pull,
		want: []int{http.StatusOK}, doing: fmt.Sprintf("read blob %s of %s", digest, repo), send: sendOptions{stream: true},
	}
	if offset > 0 {
		c.header = map[string]string{"Range": "bytes=" + strconv.FormatInt(offset, 10) + "-"}
		c.want = []int{http.StatusOK, http.StatusPartialContent}
	}
	response, err := b.do(ctx, c)
	if err != nil {
		return nil, err
	}
	if offset > 0 && response.StatusCode == http.StatusOK { // no ranges here: skip what was read
		if _, err := io.CopyN(io.Discard, response.Body, offset); err != nil {
			return nil, errors.Join(err, response.Body.Close())
		}
	}
	return response.Body, nil
}
