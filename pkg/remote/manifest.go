package remote

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/modship/modship/pkg/internal/errkind"
)

// Manifest is a manifest as the registry keeps it.
type Manifest struct {
	Digest    string // sha256:<hex> of Raw
	MediaType string
	Raw       []byte
}

// acceptedManifests are the kinds of manifest that are understood. Without an
// OCI type in the list distribution calls an OCI manifest unknown.
var acceptedManifests = strings.Join([]string{
	string(types.OCIManifestSchema1), string(types.OCIImageIndex),
	string(types.DockerManifestSchema2), string(types.DockerManifestList),
}, ", ")

// DigestOf returns the sha256 digest of content.
func DigestOf(content []byte) string {
	sum := sha256.Sum256(content)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Head returns the digest a tag is on.
func (s *Client) Head(ctx context.Context, ref Reference) (digest string, found bool, err error) {
	response, err := s.do(ctx, call{
		method: http.MethodHead, repo: ref.Repo, path: "manifests/" + ref.Identifier, level: Pull,
		header: map[string]string{"Accept": acceptedManifests},
		want:   []int{http.StatusOK}, doing: "look for " + ref.String(),
	})
	if isAbsent(err) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	response.Body.Close()
	if digest := response.Header.Get("Docker-Content-Digest"); digest != "" {
		return digest, true, nil
	}
	manifest, found, err := s.FindManifest(ctx, ref)
	if !found || err != nil {
		return "", false, err
	}
	return manifest.Digest, true, nil
}

// isAbsent tells answers that mean "no such thing". JFrog answers 403 for a
// missing tag or repository (RTFACT-13797); who really lacks permission is told
// by the first write.
func isAbsent(err error) bool {
	status := StatusOf(err)
	return status == http.StatusNotFound || status == http.StatusForbidden
}

// FindManifest reads a manifest and checks its digest. A manifest that was read by
// digest is not read again.
func (s *Client) FindManifest(ctx context.Context, ref Reference) (m *Manifest, found bool, err error) {
	if ref.Digest {
		if m := s.manifests.get(ref.Identifier); m != nil {
			return m, true, nil
		}
	}
	response, err := s.do(ctx, call{
		method: http.MethodGet, repo: ref.Repo, path: "manifests/" + ref.Identifier, level: Pull,
		header: map[string]string{"Accept": acceptedManifests},
		want:   []int{http.StatusOK}, doing: "read " + ref.String(),
	})
	if isAbsent(err) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, false, err
	}
	m = &Manifest{Digest: DigestOf(raw), MediaType: mediaType(response.Header.Get("Content-Type"), raw), Raw: raw}
	claimed := response.Header.Get("Docker-Content-Digest")
	if ref.Digest {
		claimed = ref.Identifier
	}
	if claimed != "" && claimed != m.Digest {
		return nil, false, errkind.New(ErrAltered, "read %s: the manifest has digest %s, expected %s", ref, m.Digest, claimed)
	}
	s.manifests.keep(m)
	return m, true, nil
}

// FetchManifest is [Client.FindManifest] for a manifest that has to exist.
func (s *Client) FetchManifest(ctx context.Context, ref Reference) (*Manifest, error) {
	m, found, err := s.FindManifest(ctx, ref)
	if err == nil && !found {
		err = errkind.New(ErrNotFound, "%s does not exist in the registry", ref)
	}
	return m, err
}

// mediaType prefers what the registry says and falls back on what the manifest
// says of itself.
func mediaType(header string, raw []byte) string {
	header, _, _ = strings.Cut(header, ";")
	header = strings.TrimSpace(header)
	if strings.Contains(acceptedManifests, header) && header != "" {
		return header
	}
	var own struct {
		MediaType string            `json:"mediaType"`
		Manifests []json.RawMessage `json:"manifests"`
	}
	if json.Unmarshal(raw, &own) == nil && own.MediaType != "" {
		return own.MediaType
	}
	if len(own.Manifests) > 0 {
		return string(types.OCIImageIndex)
	}
	return string(types.OCIManifestSchema1)
}

// IsIndex tells an index of several platforms from an image.
func (m *Manifest) IsIndex() bool { return types.MediaType(m.MediaType).IsIndex() }

// Image parses m as an image manifest.
func (m *Manifest) Image() (*v1.Manifest, error) {
	parsed, err := v1.ParseManifest(bytes.NewReader(m.Raw))
	if err != nil {
		return nil, fmt.Errorf("manifest %s is not a valid image manifest: %w", m.Digest, err)
	}
	return parsed, nil
}

// Index parses m as an index.
func (m *Manifest) Index() (*v1.IndexManifest, error) {
	parsed, err := v1.ParseIndexManifest(bytes.NewReader(m.Raw))
	if err != nil {
		return nil, fmt.Errorf("manifest %s is not a valid index: %w", m.Digest, err)
	}
	return parsed, nil
}

// missingBlobsError is a registry's refusal of a manifest whose blobs or
// children it does not have. Digests is empty when it does not say which.
type missingBlobsError struct {
	Digests []string
	err     error
}

func (e *missingBlobsError) Error() string { return e.err.Error() }
func (e *missingBlobsError) Unwrap() error { return e.err }

// PutManifest writes m at a tag or at its digest and checks the registry's
// receipt. known reports whether it names the digest it stored; where it does
// not, only reading back proves the write.
func (s *Client) PutManifest(ctx context.Context, ref Reference, m *Manifest) (known bool, err error) {
	response, err := s.do(ctx, call{
		method: http.MethodPut, repo: ref.Repo, path: "manifests/" + ref.Identifier, level: Push,
		header: map[string]string{"Content-Type": m.MediaType}, body: m.Raw,
		want: []int{http.StatusCreated, http.StatusOK, http.StatusAccepted}, doing: "write " + ref.String(),
	})
	if err != nil {
		return false, missingBlobs(err)
	}
	response.Body.Close()
	if response.Header.Get("OCI-Subject") != "" {
		h, err := s.host(ctx, ref.Repo, nil)
		if err != nil {
			return false, err
		}
		h.listsSubjects.Store(true)
	}
	switch stored := response.Header.Get("Docker-Content-Digest"); stored {
	case m.Digest:
		return true, nil
	case "":
		return false, nil
	default:
		return false, errkind.New(ErrAltered, "write %s: the registry stored %s, expected %s", ref, stored, m.Digest)
	}
}

// missingBlobs recognises the refusal of a manifest for what it refers to.
func missingBlobs(err error) error {
	var e *Error
	if !errors.As(err, &e) || e.missing == nil {
		return err
	}
	return &missingBlobsError{Digests: *e.missing, err: err}
}

// DeleteManifest removes a tag or a digest. Absent already is done.
func (s *Client) DeleteManifest(ctx context.Context, repo name.Repository, identifier string) error {
	ref := Reference{Repo: repo, Identifier: identifier, Digest: IsDigest(identifier)}
	response, err := s.do(ctx, call{
		method: http.MethodDelete, repo: repo, path: "manifests/" + identifier, level: Delete,
		want: []int{http.StatusAccepted, http.StatusOK, http.StatusNoContent, http.StatusNotFound}, doing: "delete " + ref.String(),
	})
	if err != nil {
		return err
	}
	return response.Body.Close()
}
