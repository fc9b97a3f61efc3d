package e2e

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/modship/modship/internal/baseimage"
	"github.com/modship/modship/internal/localregistry"
)

// A fault spoils what a registry answers.
type fault string

const (
	healthy   fault = "healthy"
	readOnly  fault = "read-only"  // 405 to writes, as distribution's read-only mode
	forbidden fault = "forbidden"  // 403 to writes
	full      fault = "full"       // 500 with ENOSPC to uploads, as distribution's filesystem driver
	noQuota   fault = "no-quota"   // 507 to uploads
	modulesRO fault = "no-modules" // 403 to writes of anything but base images
)

// testRegistry is distribution v3 in this process, with an account of the
// requests that change it.
type testRegistry struct {
	*localregistry.Server

	mu     sync.Mutex
	fault  fault
	spoil  func(http.Handler) http.Handler // nil: nothing is in between
	writes []string                        // method and path
}

// startRegistry serves an empty registry at addr until the context ends.
func startRegistry(ctx context.Context, opts localregistry.Options) (*testRegistry, error) {
	r := &testRegistry{fault: healthy}
	opts.Wrap = r.wrap
	if opts.Addr == "" {
		opts.Addr = "127.0.0.1:0"
	}
	var err error
	r.Server, err = localregistry.Serve(ctx, opts)
	return r, err
}

// newRegistry serves a registry for the time of a test.
func newRegistry(t testing.TB, opts localregistry.Options) *testRegistry {
	t.Helper()
	r, err := startRegistry(context.Background(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.stop)
	return r
}

func (r *testRegistry) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = r.Close(ctx) // leftovers of a test do not matter
}

// around puts a handler before the registry's.
func (r *testRegistry) around(spoil func(http.Handler) http.Handler) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.spoil = spoil
}

func (r *testRegistry) wrap(next http.Handler) http.Handler {
	account := r.account(next)
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		r.mu.Lock()
		spoil := r.spoil
		r.mu.Unlock()
		if spoil != nil {
			spoil(account).ServeHTTP(w, request)
			return
		}
		account.ServeHTTP(w, request)
	})
}

// account notes the requests that change the registry.
func (r *testRegistry) account(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if request.Method == http.MethodGet || request.Method == http.MethodHead {
			next.ServeHTTP(w, request)
			return
		}
		// Beginning an upload and cancelling it leaves nothing behind.
		session := strings.Contains(request.URL.Path, "/blobs/uploads/") && !request.URL.Query().Has("mount") &&
			(request.Method == http.MethodPost || request.Method == http.MethodDelete)
		r.mu.Lock()
		if !session {
			r.writes = append(r.writes, request.Method+" "+request.URL.Path)
		}
		now := r.fault
		r.mu.Unlock()
		if status, body := now.answer(request); status != 0 {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			fmt.Fprint(w, body)
			return
		}
		next.ServeHTTP(w, request)
	})
}

// answer is what the registry says to a write; status 0 lets it through.
func (f fault) answer(r *http.Request) (status int, body string) {
	upload := r.Method == http.MethodPatch || r.Method == http.MethodPut
	switch {
	case f == readOnly:
		return http.StatusMethodNotAllowed, `{"errors":[{"code":"UNSUPPORTED","message":"The operation is unsupported."}]}`
	case f == forbidden, f == modulesRO && !strings.HasPrefix(r.URL.Path, "/v2/base/"):
		return http.StatusForbidden, `{"errors":[{"code":"DENIED","message":"requested access to the resource is denied"}]}`
	case f == full && upload:
		return http.StatusInternalServerError, `{"errors":[{"code":"UNKNOWN","message":"unknown error","detail":{"DriverName":"filesystem","Enclosed":{"Op":"write","Path":"/data","Err":28}}}]}`
	case f == noQuota && upload:
		return http.StatusInsufficientStorage, `{"errors":[{"code":"UNKNOWN","message":"no space left on device"}]}`
	default:
		return 0, ""
	}
}

func (r *testRegistry) setFault(f fault) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault = f
}

// takeWrites returns the requests that could change the registry since the
// last call.
func (r *testRegistry) takeWrites() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := r.writes
	r.writes = nil
	return taken
}

// source is the module source of the tests.
func (r *testRegistry) source() string { return r.Addr() + "/modules" }

// pushBase puts the base image of the modules into the registry.
func (r *testRegistry) pushBase(t testing.TB) {
	t.Helper()
	if _, err := baseimage.Push(t.Context(), r.Addr(), baseimage.PushOptions{}); err != nil {
		t.Fatal(err)
	}
}

// snapshot lists every tag of the registry with its digest, one a line.
func snapshot(addr string, opts ...remote.Option) ([]string, error) {
	host, err := name.NewRegistry(addr)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	repos, err := remote.Catalog(ctx, host, opts...)
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, repo := range repos {
		tags, err := remote.List(host.Repo(repo), opts...)
		if err != nil {
			return nil, err
		}
		for _, tag := range tags {
			d, err := remote.Head(host.Repo(repo).Tag(tag), opts...)
			if err != nil {
				return nil, err
			}
			lines = append(lines, repo+":"+tag+" "+d.Digest.String())
		}
	}
	slices.Sort(lines)
	return lines, nil
}

func (r *testRegistry) snapshot(t testing.TB) []string {
	t.Helper()
	lines, err := snapshot(r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	return lines
}
