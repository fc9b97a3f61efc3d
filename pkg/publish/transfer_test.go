package publish

import (
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/modship/modship/pkg/module"
)

// TestBuiltElsewhere publishes images that were built in a repository of their
// own, an index among them, with an attestation and a referrer.
func TestBuiltElsewhere(t *testing.T) {
	r := newRig(t)
	s := newSession(r)
	stages := r.addr + "/stages/echo"
	release := image(t, []file{{name: "version.json", content: `{"version":"v0.1.0"}`}})
	bundle := index(map[string]v1.Image{
		"amd64": image(t, []file{{name: "a", content: "1"}}, []file{{name: "b"}}, []file{{name: "c"}}, []file{{name: "d"}}),
		"arm64": image(t, []file{{name: "a", content: "2"}}),
	})
	request := Request{Repository: r.repository("echo"), Tag: "v0.1.0", Release: r.push(stages, release), Bundle: r.push(stages, bundle)}
	bundleDigest := request.Bundle[strings.Index(request.Bundle, "@")+1:]
	attestation := r.tag(stages+":"+digestTag(bundleDigest)+".att", image(t, []file{{name: "vex", content: "{}"}}))
	referrer := referrerOf(t, bundle)
	r.push(stages, referrer)
	fallback := index(map[string]v1.Image{"amd64": referrer})
	r.tag(stages+":"+digestTag(bundleDigest), fallback)

	r.apply(s, request)
	repo := r.repository("echo").BundleRepo()
	for ref, want := range map[string]string{
		repo + ":v0.1.0": bundleDigest,
		repo + ":" + digestTag(bundleDigest) + ".att":   attestation,
		repo + "@" + digestOf(rawManifest(t, referrer)): digestOf(rawManifest(t, referrer)),
		repo + ":" + digestTag(bundleDigest):            digestOf(rawManifest(t, fallback)),
		r.repository("echo").Release("v0.1.0"):          digestOf(rawManifest(t, release)),
		r.repository("echo").Registration():             RegistrationDigest,
		repo + "@" + childDigest(t, bundle, "arm64"):    childDigest(t, bundle, "arm64"),
	} {
		if got, found, err := s.Digest(t.Context(), ref); got != want || err != nil {
			t.Errorf("%s is on %q (found %v, %v), want %s", ref, got, found, err, want)
		}
	}
}

// TestOddRegistries publishes twice, promotes twice and goes back.
func TestOddRegistries(t *testing.T) {
	for name, odd := range oddRegistries {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			first, second := r.build("echo", "v1.0.0", ""), r.build("echo", "v1.1.0", "")
			r.around(odd)
			s := newSession(r)
			r.apply(s, r.request("echo", "v1.0.0", first))
			r.mustPromote(s, "v1.0.0", module.Alpha)
			r.apply(s, r.request("echo", "v1.1.0", second))
			r.apply(newSession(r), r.request("echo", "v1.1.0", second)) // the same again
			r.mustPromote(s, "v1.1.0", module.Alpha, module.Beta)
			if _, err := s.PromoteBack(t.Context(), BackRequest{Repository: r.repository("echo"), Channel: module.Alpha}); err != nil {
				t.Fatal(err)
			}
			on := r.on(newSession(r))
			if on[module.Alpha] != "v1.0.0" || on[module.Beta] != "v1.1.0" {
				t.Errorf("channels are on %v", on)
			}
		})
	}
}
