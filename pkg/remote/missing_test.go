package remote

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
)

// TestMissingBlobs looks for the parts of an image and of an index in a
// registry that has lost some of them.
func TestMissingBlobs(t *testing.T) {
	image, err := random.Image(10, 2)
	if err != nil {
		t.Fatal(err)
	}
	other, err := random.Image(10, 1)
	if err != nil {
		t.Fatal(err)
	}
	index := mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: image}, mutate.IndexAddendum{Add: other})
	manifest, err := image.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	layer, config := manifest.Layers[1].Digest.String(), manifest.Config.Digest.String()
	otherDigest, err := other.Digest()
	if err != nil {
		t.Fatal(err)
	}
	lost := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		serveParts(t, w, r, lost, map[string]rawManifest{"image": image, "index": index, otherDigest.String(): other, digestOf(t, image): image})
	}))
	t.Cleanup(server.Close)
	for _, c := range []struct {
		tag  string
		lost []string
	}{
		{"image", nil},
		{"image", []string{layer}},
		{"image", []string{config}},
		{"index", []string{layer}},
		{"index", []string{otherDigest.String()}},
	} {
		clear(lost)
		for _, digest := range c.lost {
			lost[digest] = true
		}
		client := NewClient(ClientOptions{Insecure: true, DockerConfig: t.TempDir()})
		got, err := client.MissingBlobs(t.Context(), strings.TrimPrefix(server.URL, "http://")+"/modules/echo:"+c.tag)
		client.Close()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.lost, got); diff != "" {
			t.Errorf("%s without %v (-want +got):\n%s", c.tag, c.lost, diff)
		}
	}
}

// rawManifest is an image or an index.
type rawManifest interface {
	RawManifest() ([]byte, error)
	Digest() (v1.Hash, error)
}

func digestOf(t *testing.T, m rawManifest) string {
	hash, err := m.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return hash.String()
}

// serveParts answers for manifests, and for every blob that is not lost.
func serveParts(t *testing.T, w http.ResponseWriter, r *http.Request, lost map[string]bool, manifests map[string]rawManifest) {
	name := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	m, known := manifests[name]
	switch {
	case r.URL.Path == "/v2/":
	case lost[name]:
		http.NotFound(w, r)
	case known:
		raw, err := m.RawManifest()
		if err != nil {
			t.Error(err)
		}
		mediaType := "application/vnd.docker.distribution.manifest.v2+json"
		if name == "index" {
			mediaType = "application/vnd.oci.image.index.v1+json"
		}
		w.Header().Set("Content-Type", mediaType)
		w.Header().Set("Docker-Content-Digest", digestOf(t, m))
		fmt.Fprintf(w, "%s", raw)
	}
}
