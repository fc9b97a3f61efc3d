package registrytest

import (
	"fmt"
	"maps"
	"net/http"
	"strings"

	"github.com/modship/modship/pkg/module"
)

// OddRegistries are registries with quirks, each a proxy before distribution.
var OddRegistries = map[string]Middleware{
	"refuses mounts with 202":  without("mount", http.StatusOK),
	"refuses mounts with 401":  without("mount", http.StatusUnauthorized),
	"immutable tags":           immutableTags,
	"403 for missing content":  forbiddenForMissing,
	"no referrers":             noReferrers,
	"no delete":                NoDelete,
	"no digest in answers":     noDigestHeaders,
	"does not say what misses": noDetails,
}

// without drops mount requests: with status 200 the rest of the request goes on
// as the start of an upload, else the status is the answer.
func without(parameter string, status int) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			query := r.URL.Query()
			if query.Has(parameter) {
				if status != http.StatusOK {
					Refuse(w, status, "UNAUTHORIZED")
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
		if ok && r.Method == http.MethodPut && !strings.Contains(identifier, ":") {
			look := r.Clone(r.Context())
			look.Method = http.MethodHead
			look.Header["Accept"] = r.Header["Accept"]
			if _, err := module.ParseChannel(identifier); err != nil && ServeBack(next, look).Code == http.StatusOK {
				Refuse(w, http.StatusBadRequest, "TAG_IMMUTABLE")
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// Changed lets change look at the answer before it goes out.
func Changed(change func(r *http.Request, status *int, header http.Header, body *string)) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answer := ServeBack(next, r)
			body := answer.Body.String()
			change(r, &answer.Code, answer.Header(), &body)
			maps.Copy(w.Header(), answer.Header())
			if r.Method != http.MethodHead {
				w.Header().Set("Content-Length", fmt.Sprint(len(body)))
			}
			w.WriteHeader(answer.Code)
			w.Write([]byte(body))
		})
	}
}

var (
	forbiddenForMissing = Changed(func(_ *http.Request, status *int, _ http.Header, _ *string) {
		if *status == http.StatusNotFound {
			*status = http.StatusForbidden
		}
	})
	noReferrers = Changed(func(r *http.Request, status *int, _ http.Header, body *string) {
		if strings.Contains(r.URL.Path, "/referrers/") {
			*status, *body = http.StatusNotFound, "<html>no such page</html>"
		}
	})
	// NoDelete refuses every deletion.
	NoDelete = Changed(func(r *http.Request, status *int, _ http.Header, body *string) {
		if r.Method == http.MethodDelete {
			*status, *body = http.StatusMethodNotAllowed, `{"errors":[{"code":"UNSUPPORTED"}]}`
		}
	})
	noDigestHeaders = Changed(func(_ *http.Request, _ *int, header http.Header, _ *string) {
		header.Del("Docker-Content-Digest")
	})
	noDetails = Changed(func(_ *http.Request, _ *int, _ http.Header, body *string) {
		if strings.Contains(*body, "MANIFEST_BLOB_UNKNOWN") {
			*body = `{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN","message":"blob unknown to registry"}]}`
		}
	})
)

// NoTagDelete refuses to delete a tag, but not an image.
func NoTagDelete(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, identifier, _ := strings.Cut(r.URL.Path, "/manifests/")
		if r.Method == http.MethodDelete && !strings.Contains(identifier, ":") {
			Refuse(w, http.StatusMethodNotAllowed, "UNSUPPORTED")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Serial is a handler that serves one request at a time.
func Serial(serve http.HandlerFunc) http.Handler {
	turn := make(chan struct{}, 1)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		turn <- struct{}{}
		defer func() { <-turn }()
		serve(w, r)
	})
}
