package remote

import (
	"encoding/json"
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
