package publish

import (
	"encoding/json"
	"testing"
)

func TestRawImage(t *testing.T) {
	r := newRig(t)
	s := newSession(r)
	repository := r.repository("echo").BundleRepo()
	ref := r.push(repository, image(t, []file{{name: "a"}}))
	raw, found, err := s.RawImage(t.Context(), ref)
	if err != nil || !found {
		t.Fatalf("found %v, error %v", found, err)
	}
	var config struct{ Architecture string }
	if err := json.Unmarshal(raw.Config, &config); err != nil {
		t.Errorf("config %q: %v", raw.Config, err)
	}
	if repository+"@"+raw.Digest != ref || digestOf(raw.Raw) != raw.Digest {
		t.Errorf("digest %s of manifest %q, want that of %s", raw.Digest, raw.Raw, ref)
	}
	if _, found, err := s.RawImage(t.Context(), repository+":none"); found || err != nil {
		t.Errorf("a missing tag: found %v, error %v", found, err)
	}
}
