package remote

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"testing"

	"github.com/modship/modship/internal/registrytest"
)

func TestRawImage(t *testing.T) {
	r := registrytest.New(t)
	s := newClient(r)
	repository := r.Repository("echo").BundleRepo()
	ref := r.Push(repository, registrytest.Image(t, []registrytest.File{{Name: "a"}}))
	raw, found, err := s.RawImage(t.Context(), ref)
	if err != nil || !found {
		t.Fatalf("found %v, error %v", found, err)
	}
	var config struct{ Architecture string }
	if err := json.Unmarshal(raw.Config, &config); err != nil {
		t.Errorf("config %q: %v", raw.Config, err)
	}
	if repository+"@"+raw.Digest != ref || DigestOf(raw.Raw) != raw.Digest {
		t.Errorf("digest %s of manifest %q, want that of %s", raw.Digest, raw.Raw, ref)
	}
	if _, found, err := s.RawImage(t.Context(), repository+":none"); found || err != nil {
		t.Errorf("a missing tag: found %v, error %v", found, err)
	}
}

// TestPutRaw writes an image from its parts: blobs that are opened for each attempt,
// and a manifest that the registry refuses while one of them is missing.
func TestPutRaw(t *testing.T) {
	r := registrytest.New(t)
	s := newClient(r)
	repository := r.Repository("echo").BundleRepo()
	image := registrytest.Image(t, []registrytest.File{{Name: "a"}})
	manifest := registrytest.RawManifest(t, image)
	config, err := image.RawConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	layers, err := image.Layers()
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := image.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	opened := 0
	blobs := []Blob{{
		Digest: parsed.Config.Digest.String(), Size: parsed.Config.Size,
		Open: func() (io.ReadCloser, error) { opened++; return io.NopCloser(bytes.NewReader(config)), nil },
	}, {
		Digest: parsed.Layers[0].Digest.String(), Size: parsed.Layers[0].Size,
		Open: func() (io.ReadCloser, error) { opened++; return layers[0].Compressed() },
	}}
	has := func(blob Blob, want bool) {
		t.Helper()
		if got, err := s.HasBlob(t.Context(), repository, blob.Digest); err != nil || got != want {
			t.Errorf("has %s: %t, error %v", blob.Digest, got, err)
		}
	}
	put := func() error { return s.PutRaw(t.Context(), repository+":raw", string(parsed.MediaType), manifest) }

	has(blobs[0], false)
	if err := s.PutBlob(t.Context(), repository, blobs[0]); err != nil {
		t.Fatal(err)
	}
	if err := put(); !errors.Is(err, ErrMissingBlobs) {
		t.Errorf("a manifest without its layer: error %v", err)
	}
	for range 2 { // the second time it is known to be there
		if err := s.PutBlob(t.Context(), repository, blobs[1]); err != nil {
			t.Fatal(err)
		}
	}
	has(blobs[1], true)
	if err := put(); err != nil || opened != 2 {
		t.Errorf("error %v, content was opened %d times", err, opened)
	}
	raw, found, err := s.RawImage(t.Context(), repository+":raw")
	if err != nil || !found || !bytes.Equal(raw.Raw, manifest) || !bytes.Equal(raw.Config, config) {
		t.Errorf("read back: found %t, error %v", found, err)
	}
}

// TestForgottenBlobs: after a refused manifest the registry is asked again.
func TestForgottenBlobs(t *testing.T) {
	r := registrytest.New(t)
	s := newClient(r)
	repository := r.Repository("echo").BundleRepo()
	blob := Blob{Digest: DigestOf([]byte("x")), Size: 1, Raw: []byte("x")}
	if err := s.PutBlob(t.Context(), repository, blob); err != nil {
		t.Fatal(err)
	}
	asked := func() int {
		t.Helper()
		r.Log.Take()
		if _, err := s.HasBlob(t.Context(), repository, blob.Digest); err != nil {
			t.Fatal(err)
		}
		return len(r.Log.Take())
	}
	if n := asked(); n != 0 {
		t.Errorf("%d requests for what was just written", n)
	}
	missing := []byte(`{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","config":{"mediaType":"application/vnd.docker.container.image.v1+json","size":1,"digest":"` + DigestOf([]byte("y")) + `"},"layers":[]}`)
	if err := s.PutRaw(t.Context(), repository+":raw", "application/vnd.docker.distribution.manifest.v2+json", missing); !errors.Is(err, ErrMissingBlobs) {
		t.Errorf("a manifest without its configuration: error %v", err)
	}
	if n := asked(); n != 1 {
		t.Errorf("%d requests after a refusal, want 1", n)
	}
}
