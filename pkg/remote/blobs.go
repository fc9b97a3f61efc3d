package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/modship/modship/pkg/internal/errkind"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// blob is content to be put into a repository, and where to take it from.
type Blob struct {
	Digest string
	Size   int64
	From   name.Repository // repository to mount it from or to read it in
	Raw    []byte          // the content itself where it is at hand
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

func (s *Client) hasBlob(repo name.Repository, digest string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.blobs[repo.Name()+"@"+digest]
}

func (s *Client) markBlob(repo name.Repository, digest string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blobs[repo.Name()+"@"+digest] = true
}

// provide puts b into repo: by a mount where both repositories are in one
// registry, else by an upload.
func (s *Client) Provide(ctx context.Context, repo name.Repository, b Blob) error {
	// Images of a module share layers: what two of them lack goes once.
	_, err, _ := s.providing.Do(repo.Name()+"@"+b.Digest, func() (any, error) {
		return nil, s.provideOnce(ctx, repo, b)
	})
	return err
}

func (s *Client) provideOnce(ctx context.Context, repo name.Repository, b Blob) error {
	if s.hasBlob(repo, b.Digest) {
		return nil
	}
	location, err := s.startUpload(ctx, repo, b)
	if err != nil || location == "" {
		return err
	}
	return s.upload(ctx, repo, b, location)
}

// startUpload asks for a mount, or for the start of an upload where a mount is
// impossible. An empty location means that the blob is there. The
// specification has a registry that cannot mount start an upload instead;
// Harbor and others answer an error, then it is asked once more without.
func (s *Client) startUpload(ctx context.Context, repo name.Repository, b Blob) (location string, err error) {
	query := url.Values{}
	if b.From.Registry == repo.Registry {
		if err := s.Login(ctx, map[string]Access{b.From.Name(): Pull}); err != nil {
			return "", err
		}
		query.Set("mount", b.Digest)
		query.Set("from", b.From.RepositoryStr())
	}
	location, err = s.postUpload(ctx, repo, b, query)
	if err != nil && len(query) > 0 && StatusOf(err) >= 400 && StatusOf(err) != http.StatusTooManyRequests {
		s.opts.Log("%s does not mount %s from %s, uploading it: %v", repo, b.Digest, b.From, err)
		location, err = s.postUpload(ctx, repo, b, nil)
	}
	return location, err
}

func (s *Client) postUpload(ctx context.Context, repo name.Repository, b Blob, query url.Values) (string, error) {
	response, err := s.do(ctx, call{
		method: http.MethodPost, repo: repo, path: "blobs/uploads/", query: query, level: Push,
		want: []int{http.StatusCreated, http.StatusAccepted}, doing: fmt.Sprintf("write blob %s to %s", b.Digest, repo),
	})
	if err != nil {
		return "", err
	}
	response.Body.Close()
	if response.StatusCode == http.StatusCreated {
		s.markBlob(repo, b.Digest)
		return "", nil
	}
	return s.resolveLocation(response, repo)
}

// resolveLocation makes a Location absolute: it may be relative to the request.
func (s *Client) resolveLocation(response *http.Response, repo name.Repository) (string, error) {
	location := response.Header.Get("Location")
	target, err := response.Request.URL.Parse(location)
	if location == "" || err != nil {
		return "", errkind.New(ErrNotRegistry, "start an upload to %s: the registry gives no valid Location", repo)
	}
	return target.String(), nil
}

// upload sends the content to an upload's location. After a failure an upload
// is in an unknown state, so the next attempt starts a new one.
func (s *Client) upload(ctx context.Context, repo name.Repository, b Blob, location string) error {
	select {
	case s.transfers <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.transfers }()
	for attempt := 0; ; attempt++ {
		err := s.putUpload(ctx, repo, b, location)
		if err == nil {
			s.markBlob(repo, b.Digest)
			return nil
		}
		status := StatusOf(err)
		// 404 and 416: the upload is gone or elsewhere than we think.
		passing := status == 0 || isPassingStatus(status) || status == http.StatusNotFound || status == http.StatusRequestedRangeNotSatisfiable
		if attempt+1 >= attempts || ctx.Err() != nil || !passing || errors.Is(err, errSource) {
			return err
		}
		if err := s.wire.sleep(ctx, backoff(attempt)); err != nil {
			return err
		}
		if location, err = s.postUpload(ctx, repo, b, nil); err != nil {
			return err
		}
	}
}

// errSource marks errors of reading a blob, which sending it again cannot cure.
var errSource = errors.New("source of the blob")

func (s *Client) putUpload(ctx context.Context, repo name.Repository, b Blob, location string) error {
	target, err := url.Parse(location)
	if err != nil {
		return fmt.Errorf("write blob %s to %s: bad upload address", b.Digest, repo)
	}
	query := target.Query()
	query.Set("digest", b.Digest)
	target.RawQuery = query.Encode()
	response, err := s.do(context.WithValue(ctx, onceKey{}, true), call{
		method: http.MethodPut, repo: repo, url: target.String(), level: Push,
		header: map[string]string{"Content-Type": "application/octet-stream"},
		open:   func() (io.ReadCloser, error) { return s.openBlob(ctx, b) }, size: b.Size,
		want: []int{http.StatusCreated, http.StatusNoContent}, doing: fmt.Sprintf("write blob %s to %s", b.Digest, repo),
	})
	if err != nil {
		return err
	}
	return response.Body.Close()
}

// openBlob opens the content of b.
func (s *Client) openBlob(ctx context.Context, b Blob) (io.ReadCloser, error) {
	if b.Raw != nil {
		return io.NopCloser(bytes.NewReader(b.Raw)), nil
	}
	reader, err := s.readBlob(ctx, b.From, b.Digest, b.Size)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errSource, err)
	}
	return reader, nil
}

// headBlob tells whether repo has the blob.
func (s *Client) headBlob(ctx context.Context, repo name.Repository, digest string) (bool, error) {
	if s.hasBlob(repo, digest) {
		return true, nil
	}
	response, err := s.do(ctx, call{
		method: http.MethodHead, repo: repo, path: "blobs/" + digest, level: Pull,
		want: []int{http.StatusOK}, doing: fmt.Sprintf("look for blob %s in %s", digest, repo),
	})
	if isAbsent(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	s.markBlob(repo, digest)
	return true, response.Body.Close()
}

// getBlob starts reading a blob at an offset.
func (s *Client) getBlob(ctx context.Context, repo name.Repository, digest string, offset int64) (io.ReadCloser, error) {
	c := call{
		method: http.MethodGet, repo: repo, path: "blobs/" + digest, level: Pull,
		want: []int{http.StatusOK}, doing: fmt.Sprintf("read blob %s of %s", digest, repo),
	}
	if offset > 0 {
		c.header = map[string]string{"Range": "bytes=" + strconv.FormatInt(offset, 10) + "-"}
		c.want = []int{http.StatusOK, http.StatusPartialContent}
	}
	response, err := s.do(context.WithValue(ctx, streamKey{}, true), c)
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
