package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/modship/modship/internal/localregistry"
)

// traffic is what goes to and from the repository of a module.
type traffic struct {
	mu      sync.Mutex
	sent    []string // digests of blobs that were sent and are not small
	read    []string // digests of blobs that were read
	missing int      // how many manifests are still refused for a missing blob
}

// small is the size up to which blobs do not count.
const small = 64 << 10

func (tr *traffic) around(repository string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if path, ours := strings.CutPrefix(r.URL.Path, "/v2/"+repository+"/"); ours && tr.refuse(w, r, path) {
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// refuse counts a request, and answers it if it is one of those to refuse.
func (tr *traffic) refuse(w http.ResponseWriter, r *http.Request, path string) bool {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	switch {
	case r.Method == http.MethodPut && strings.HasPrefix(path, "blobs/uploads/"):
		if r.ContentLength > small {
			tr.sent = append(tr.sent, r.URL.Query().Get("digest"))
		}
	case r.Method == http.MethodGet && strings.HasPrefix(path, "blobs/sha256:"):
		tr.read = append(tr.read, strings.TrimPrefix(path, "blobs/"))
	case r.Method == http.MethodPut && strings.HasPrefix(path, "manifests/") && !strings.Contains(path, "metadata") && tr.missing > 0:
		tr.missing--
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN","message":"blob unknown to registry","detail":{}}]}`)
		return true
	}
	return false
}

// take returns what was sent and read since the last call.
func (tr *traffic) take() (sent, read []string) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	sent, read = tr.sent, tr.read
	tr.sent, tr.read = nil, nil
	return sent, read
}

// TestPushesSendWhatIsNew: a layer goes to the repository once, whichever stage,
// run or machine needs it next, and what this machine has built it does not read
// back. A registry that has lost a blob gets it again.
func TestPushesSendWhatIsNew(t *testing.T) {
	needBuilds(t)
	t.Parallel()
	registry := newRegistry(t, localregistry.Options{})
	registry.pushBase(t)
	var tr traffic
	registry.around(tr.around("modules/chains"))
	dir := shapeNamed("chains").repo(t, registry.Addr())
	first := newHome(t)
	build := func(home *home, salt string) (sent, read []string) {
		t.Helper()
		home.with("CHAINS_UNIT_MS=1", "CHAINS_SALT="+salt).modship(t, dir, "build", "--source", registry.source(), "--name", "chains", "--tag", "v0.1.0")
		return tr.take()
	}
	layers, read := build(first, "")
	if len(layers) == 0 {
		t.Fatal("the layer of the base image was not sent")
	}
	for _, digest := range layers {
		if slices.Contains(read, digest) {
			t.Errorf("%s was just sent, and read back", digest)
		}
	}
	// All images are built anew, on the same base image.
	for _, again := range []struct {
		salt string
		home *home
	}{{"again", first}, {"elsewhere", newHome(t)}} {
		if sent, _ := build(again.home, again.salt); len(sent) > 0 {
			t.Errorf("%s: sent again: %q", again.salt, sent)
		}
	}

	tr.mu.Lock()
	tr.missing = 1
	tr.mu.Unlock()
	build(first, "lost")
	if tr.missing != 0 {
		t.Error("no manifest was refused")
	}
}
