package publish

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"github.com/modship/modship/pkg/module"
)

// TestBuiltElsewhere publishes images that were built in a repository of their
// own, an index among them, with an attestation and a referrer.
func TestBuiltElsewhere(t *testing.T) {
	r := newRig(t)
	s := r.session()
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

// referrerOf makes an image whose subject is what.
func referrerOf(t *testing.T, what v1.ImageIndex) v1.Image {
	t.Helper()
	digest, err := what.Digest()
	if err != nil {
		t.Fatal(err)
	}
	size, err := what.Size()
	if err != nil {
		t.Fatal(err)
	}
	subject := v1.Descriptor{MediaType: "application/vnd.oci.image.index.v1+json", Digest: digest, Size: size}
	return mutate.Subject(image(t, []file{{name: "sbom", content: "{}"}}), subject).(v1.Image)
}

func childDigest(t *testing.T, what v1.ImageIndex, arch string) string {
	t.Helper()
	manifest, err := what.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	for _, child := range manifest.Manifests {
		if child.Platform.Architecture == arch {
			return child.Digest.String()
		}
	}
	t.Fatalf("no image for %s", arch)
	return ""
}

// Odd registries, each a proxy before distribution.
var oddRegistries = map[string]middleware{
	"refuses mounts with 202":  without("mount", http.StatusOK),
	"refuses mounts with 401":  without("mount", http.StatusUnauthorized),
	"immutable tags":           immutableTags,
	"403 for what is missing":  forbiddenForMissing,
	"no referrers":             noReferrers,
	"no delete":                noDelete,
	"no digest in answers":     noDigestHeaders,
	"does not say what misses": noDetails,
}

// without drops mount requests: with status 200 the rest of the request goes on
// as the start of an upload, else the status is the answer.
func without(parameter string, status int) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			query := r.URL.Query()
			if query.Has(parameter) {
				if status != http.StatusOK {
					refuse(w, status, "UNAUTHORIZED")
					return
				}
				r.URL.RawQuery = ""
			}
			next.ServeHTTP(w, r)
		})
	}
}

// immutableTags refuses to write a tag that exists, channels excepted: even
// with the same content, as ECR and Harbor do.
func immutableTags(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, identifier, ok := strings.Cut(r.URL.Path, "/manifests/")
		if ok && r.Method == http.MethodPut && !isDigest(identifier) {
			look := r.Clone(r.Context())
			look.Method = http.MethodHead
			look.Header.Set("Accept", acceptedManifests)
			if _, err := module.ParseChannel(identifier); err != nil && serveBack(next, look).Code == http.StatusOK {
				refuse(w, http.StatusBadRequest, "TAG_IMMUTABLE")
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// changed lets change look at the answer before it goes out.
func changed(change func(r *http.Request, status *int, header http.Header, body *string)) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answer := serveBack(next, r)
			body := answer.Body.String()
			change(r, &answer.Code, answer.Header(), &body)
			for key, values := range answer.Header() {
				w.Header()[key] = values
			}
			if r.Method != http.MethodHead {
				w.Header().Set("Content-Length", fmt.Sprint(len(body)))
			}
			w.WriteHeader(answer.Code)
			w.Write([]byte(body))
		})
	}
}

var (
	forbiddenForMissing = changed(func(_ *http.Request, status *int, _ http.Header, _ *string) {
		if *status == http.StatusNotFound {
			*status = http.StatusForbidden
		}
	})
	noReferrers = changed(func(r *http.Request, status *int, _ http.Header, body *string) {
		if strings.Contains(r.URL.Path, "/referrers/") {
			*status, *body = http.StatusNotFound, "<html>no such page</html>"
		}
	})
	noDelete = changed(func(r *http.Request, status *int, _ http.Header, body *string) {
		if r.Method == http.MethodDelete {
			*status, *body = http.StatusMethodNotAllowed, `{"errors":[{"code":"UNSUPPORTED"}]}`
		}
	})
	noDigestHeaders = changed(func(_ *http.Request, _ *int, header http.Header, _ *string) {
		header.Del("Docker-Content-Digest")
	})
	noDetails = changed(func(_ *http.Request, _ *int, _ http.Header, body *string) {
		if strings.Contains(*body, "MANIFEST_BLOB_UNKNOWN") {
			*body = `{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN","message":"blob unknown to registry"}]}`
		}
	})
)

// TestOddRegistries publishes twice, promotes twice and goes back.
func TestOddRegistries(t *testing.T) {
	for name, odd := range oddRegistries {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			first, second := r.build("echo", "v1.0.0", ""), r.build("echo", "v1.1.0", "")
			r.around(odd)
			s := r.session()
			r.apply(s, r.request("echo", "v1.0.0", first))
			r.mustPromote(s, "v1.0.0", module.Alpha)
			r.apply(s, r.request("echo", "v1.1.0", second))
			r.apply(r.session(), r.request("echo", "v1.1.0", second)) // the same again
			r.mustPromote(s, "v1.1.0", module.Alpha, module.Beta)
			if _, err := s.PromoteBack(t.Context(), BackRequest{Repository: r.repository("echo"), Channel: module.Alpha}); err != nil {
				t.Fatal(err)
			}
			on := r.on(r.session())
			if on[module.Alpha] != "v1.0.0" || on[module.Beta] != "v1.1.0" {
				t.Errorf("channels are on %v", on)
			}
		})
	}
}

// noTagDelete refuses to delete a tag, but not an image.
func noTagDelete(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, identifier, _ := strings.Cut(r.URL.Path, "/manifests/")
		if r.Method == http.MethodDelete && !isDigest(identifier) {
			refuse(w, http.StatusMethodNotAllowed, "UNSUPPORTED")
			return
		}
		next.ServeHTTP(w, r)
	})
}
