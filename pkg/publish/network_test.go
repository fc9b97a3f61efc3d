package publish

import (
	"fmt"
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/registrytest"
	"github.com/modship/modship/pkg/remote"
)

// TestFaultsOnTheNetwork is a sample of the fault matrix on real connections,
// where a reset, a hang and a truncated body are made by the server.
func TestFaultsOnTheNetwork(t *testing.T) {
	const timeout = 500 * time.Millisecond
	for name, spoil := range map[string]func(next http.Handler, w http.ResponseWriter, r *http.Request){
		"reset": func(http.Handler, http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"hang": func(_ http.Handler, _ http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-time.After(2 * timeout): // a client that left is not noticed before its body is read
			}
			panic(http.ErrAbortHandler)
		},
		"truncated body": func(next http.Handler, w http.ResponseWriter, r *http.Request) {
			answer := registrytest.ServeBack(next, r)
			maps.Copy(w.Header(), answer.Header())
			body := answer.Body.Bytes()
			w.Header().Set("Content-Length", fmt.Sprint(len(body)+1))
			w.WriteHeader(answer.Code)
			w.Write(body[:len(body)/2])
			panic(http.ErrAbortHandler)
		},
	} {
		t.Run(name, func(t *testing.T) {
			clean := newRig(t)
			b := clean.Build("echo", "v1.0.0", "")
			clean.apply(newPublisher(clean), clean.request("echo", "v1.0.0", b))
			want := clean.tagsOf("echo")

			r := newRig(t)
			b = r.Build("echo", "v1.0.0", "")
			seen := 0
			r.Around(func(next http.Handler) http.Handler {
				return registrytest.Serial(func(w http.ResponseWriter, req *http.Request) {
					if seen++; seen%4 == 0 { // every fourth request
						spoil(next, w, req)
						return
					}
					next.ServeHTTP(w, req)
				})
			})
			s := newPublisher(r, func(o *remote.ClientOptions) { o.Timeout, o.Jobs = timeout, 1 })
			if err := publishRequest(t.Context(), s, r.request("echo", "v1.0.0", b)); err != nil {
				t.Fatal(err)
			}
			r.Around()
			if diff := cmp.Diff(want, r.tagsOf("echo")); diff != "" {
				t.Errorf("state (-want +got):\n%s", diff)
			}
		})
	}
}

// tagsOf is where the tags of a module are.
func (r *rig) tagsOf(name string) map[string]string {
	r.T.Helper()
	repository := r.Repository(name)
	return r.tagsIn(newPublisher(r), repository.Source, repository.BundleRepo(), repository.ReleaseRepo())
}
