package publish

import (
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/modship/modship/internal/registrytest"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/remote"
)

// TestBuiltElsewhere publishes images that were built in a repository of their
// own, an index among them, with an attestation and a referrer.
func TestBuiltElsewhere(t *testing.T) {
	r := newRig(t)
	s := newPublisher(r)
	stages := r.Addr + "/stages/echo"
	release := registrytest.Image(t, []registrytest.File{{Name: "version.json", Content: `{"version":"v0.1.0"}`}})
	bundle := registrytest.Index(map[string]v1.Image{
		"amd64": registrytest.Image(t, []registrytest.File{{Name: "a", Content: "1"}}, []registrytest.File{{Name: "b"}}, []registrytest.File{{Name: "c"}}, []registrytest.File{{Name: "d"}}),
		"arm64": registrytest.Image(t, []registrytest.File{{Name: "a", Content: "2"}}),
	})
	request := Request{Repository: r.Repository("echo"), Tag: "v0.1.0", Release: r.Push(stages, release), Bundle: r.Push(stages, bundle)}
	bundleDigest := request.Bundle[strings.Index(request.Bundle, "@")+1:]
	attestation := r.Tag(stages+":"+remote.DigestTag(bundleDigest)+".att", registrytest.Image(t, []registrytest.File{{Name: "vex", Content: "{}"}}))
	referrer := registrytest.ReferrerOf(t, bundle)
	r.Push(stages, referrer)
	fallback := registrytest.Index(map[string]v1.Image{"amd64": referrer})
	r.Tag(stages+":"+remote.DigestTag(bundleDigest), fallback)

	r.apply(s, request)
	repo := r.Repository("echo").BundleRepo()
	for ref, want := range map[string]string{
		repo + ":v0.1.0": bundleDigest,
		repo + ":" + remote.DigestTag(bundleDigest) + ".att":                attestation,
		repo + "@" + remote.DigestOf(registrytest.RawManifest(t, referrer)): remote.DigestOf(registrytest.RawManifest(t, referrer)),
		repo + ":" + remote.DigestTag(bundleDigest):                         remote.DigestOf(registrytest.RawManifest(t, fallback)),
		r.Repository("echo").Release("v0.1.0"):                              remote.DigestOf(registrytest.RawManifest(t, release)),
		r.Repository("echo").Registration():                                 RegistrationDigest,
		repo + "@" + registrytest.ChildDigest(t, bundle, "arm64"):           registrytest.ChildDigest(t, bundle, "arm64"),
	} {
		if got, found, err := s.client.Digest(t.Context(), ref); got != want || err != nil {
			t.Errorf("%s is on %q (found %v, %v), want %s", ref, got, found, err, want)
		}
	}
}

// TestOddRegistries publishes twice, promotes twice and goes back.
func TestOddRegistries(t *testing.T) {
	for name, odd := range registrytest.OddRegistries {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			first, second := r.Build("echo", "v1.0.0", ""), r.Build("echo", "v1.1.0", "")
			r.Around(odd)
			s := newPublisher(r)
			r.apply(s, r.request("echo", "v1.0.0", first))
			r.mustPromote(s, "v1.0.0", module.Alpha)
			r.apply(s, r.request("echo", "v1.1.0", second))
			r.apply(newPublisher(r), r.request("echo", "v1.1.0", second)) // the same again
			r.mustPromote(s, "v1.1.0", module.Alpha, module.Beta)
			if _, err := rollBack(t.Context(), s, BackRequest{Repository: r.Repository("echo"), Channel: module.Alpha}); err != nil {
				t.Fatal(err)
			}
			on := r.on(newPublisher(r))
			if on[module.Alpha] != "v1.0.0" || on[module.Beta] != "v1.1.0" {
				t.Errorf("channels are on %v", on)
			}
		})
	}
}
