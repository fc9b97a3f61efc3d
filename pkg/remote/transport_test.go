package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/modship/modship/internal/registrytest"
)

func TestRetryAfter(t *testing.T) {
	now := registrytest.MustTime(t, "2026-11-22T10:00:00Z")
	for _, test := range []struct {
		header string
		want   time.Duration
		ok     bool
	}{
		{"", 0, false},
		{"0", 0, true},
		{" 7 ", 7 * time.Second, true},
		{"3600", time.Minute, true},
		{"99999999999999999999999", time.Minute, true},
		{"-1", 0, false},
		{"1.5", 0, false},
		{"soon", 0, false},
		{"Sun, 22 Nov 2026 10:00:30 GMT", 30 * time.Second, true},
		{"Sun, 22 Nov 2026 09:00:00 GMT", 0, true},
		{"Mon, 22 Nov 2027 09:00:00 GMT", time.Minute, true},
	} {
		got, ok := retryAfter(test.header, now)
		if got != test.want || ok != test.ok {
			t.Errorf("retryAfter(%q) = %v, %v, want %v, %v", test.header, got, ok, test.want, test.ok)
		}
	}
}

// answers is a registry that gives the same answer to everything but the ping.
func answers(status int, header http.Header, body string) (registrytest.Middleware, *atomic.Int64) {
	var count atomic.Int64
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/v2/" {
				return
			}
			count.Add(1)
			maps.Copy(w.Header(), header)
			w.WriteHeader(status)
			io.WriteString(w, body)
		})
	}, &count
}

func TestRetriesAndErrorTexts(t *testing.T) {
	full := `{"errors":[{"code":"UNKNOWN","message":"unknown error","detail":{"DriverName":"filesystem","Enclosed":{"Op":"write","Path":"/data","Err":28}}}]}`
	for _, test := range []struct {
		name   string
		status int
		header http.Header
		body   string
		sent   int64
		waits  []time.Duration // exact where the registry says how long
		full   bool
	}{
		{"server error", 500, nil, "", attempts, nil, false},
		{"full disk", 500, nil, full, attempts, nil, true},
		{"insufficient storage", 507, nil, "", 1, nil, true},
		{"rate limit", 429, http.Header{"Retry-After": {"3"}}, "", attempts, []time.Duration{3e9, 3e9, 3e9, 3e9}, false},
		{"rate limit without end", 429, http.Header{"Retry-After": {"86400"}}, "", attempts, []time.Duration{6e10, 6e10, 6e10, 6e10}, false},
		{"unavailable", 503, http.Header{"Retry-After": {"0"}}, "", attempts, []time.Duration{0, 0, 0, 0}, false},
		{"not allowed", 405, nil, `{"errors":[{"code":"UNSUPPORTED"}]}`, 1, nil, false},
		{"denied", 403, nil, `{"errors":[{"code":"DENIED","message":"requested access to the resource is denied"}]}`, 1, nil, false},
		{"bad request", 400, nil, "", 1, nil, false},
	} {
		around, count := answers(test.status, test.header, test.body)
		r := registrytest.New(t, around)
		s := newClient(r)
		var waits []time.Duration
		s.wire.sleep = func(_ context.Context, wait time.Duration) error {
			waits = append(waits, wait)
			return nil
		}
		manifest := testManifest()
		ref, _ := s.ParseReference(r.Repository("echo").Registration())
		_, err := s.PutManifest(t.Context(), ref, manifest)
		var response *Error
		if !errors.As(err, &response) || response.Status != test.status || response.Full != test.full || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v (%+v)", test.name, err, response)
		}
		if count.Load() != test.sent {
			t.Errorf("%s: sent %d times, want %d", test.name, count.Load(), test.sent)
		}
		for i, want := range test.waits {
			if i >= len(waits) || waits[i] != want {
				t.Errorf("%s: waited %v, want %v", test.name, waits, test.waits)
				break
			}
		}
	}
}

func TestBackoffGrowsAndIsSpread(t *testing.T) {
	different := false
	for attempt := range attempts {
		low, high := firstDelay<<attempt/2, firstDelay<<attempt*3/2
		first := backoff(attempt)
		for range 50 {
			wait := backoff(attempt)
			different = different || wait != first
			if wait < low || wait > high {
				t.Errorf("backoff(%d) = %v, want between %v and %v", attempt, wait, low, high)
			}
		}
	}
	if !different {
		t.Error("backoff has no jitter")
	}
}

// TestParallelRequestsAreLimited counts what is under way at the registry.
func TestParallelRequestsAreLimited(t *testing.T) {
	const jobs = 3
	var now, highest atomic.Int64
	r := registrytest.New(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			n := now.Add(1)
			defer now.Add(-1)
			for old := highest.Load(); n > old && !highest.CompareAndSwap(old, n); old = highest.Load() {
			}
			next.ServeHTTP(w, req)
		})
	})
	s := newClient(r, func(o *ClientOptions) { o.Jobs = jobs })
	var group errgroup.Group
	for n := range 5 * jobs {
		ref := fmt.Sprintf("%s:v1.0.%d", r.Repository("echo").BundleRepo(), n)
		group.Go(func() error { _, _, err := s.Digest(t.Context(), ref); return err })
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	if highest.Load() > jobs {
		t.Errorf("%d requests at a time, want at most %d", highest.Load(), jobs)
	}
}

func TestCancelIsInterrupted(t *testing.T) {
	r := registrytest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := newClient(r).Tags(ctx, r.Repository("echo").BundleRepo())
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestPatience: what carries no blob is not waited for as long as a blob.
func TestPatience(t *testing.T) {
	for _, test := range []struct {
		timeout     time.Duration
		opts        sendOptions
		want        time.Duration
		description string
	}{
		{0, sendOptions{}, smallTimeout, "a manifest"},
		{0, sendOptions{stream: true}, DefaultTimeout, "a download"},
		{0, sendOptions{once: true}, DefaultTimeout, "an upload"},
		{time.Second, sendOptions{}, time.Second, "a manifest of an impatient session"},
		{time.Second, sendOptions{once: true}, time.Second, "an upload of one"},
	} {
		if got := NewClient(ClientOptions{Timeout: test.timeout}).wire.patience(test.opts); got != test.want {
			t.Errorf("%s: %s, want %s", test.description, got, test.want)
		}
	}
}

// TestRegistryThatHangs is given up after a few attempts.
func TestRegistryThatHangs(t *testing.T) {
	var count atomic.Int64
	r := registrytest.New(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if req.Method != http.MethodPut {
				next.ServeHTTP(w, req)
				return
			}
			count.Add(1)
			_, _ = io.Copy(io.Discard, req.Body) // only then it is noticed that the client left
			<-req.Context().Done()
		})
	})
	s := newClient(r, func(o *ClientOptions) { o.Timeout = 100 * time.Millisecond })
	manifest := testManifest()
	ref, _ := s.ParseReference(r.Repository("echo").Registration())
	_, err := s.PutManifest(t.Context(), ref, manifest)
	if !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "no answer within 100ms") {
		t.Errorf("error %v", err)
	}
	if count.Load() != maxStalls {
		t.Errorf("sent %d times, want %d", count.Load(), maxStalls)
	}
}

// TestWebPagesAreNoAnswer: a web server, or a proxy that asks for a login.
func TestWebPagesAreNoAnswer(t *testing.T) {
	around, _ := answers(http.StatusOK, http.Header{"Content-Type": {"application/json"}}, "\n<!DOCTYPE html><html>please sign in</html>")
	r := registrytest.New(t, around)
	repository := r.Repository("echo")
	_, tags := newClient(r).Tags(t.Context(), repository.BundleRepo())
	_, manifest := newClient(r).Manifest(t.Context(), repository.Bundle("v1.0.0"))
	want := r.Addr + " answered with a web page, which no registry does"
	for name, err := range map[string]error{"tags": tags, "manifest": manifest} {
		if !errors.Is(err, ErrNotRegistry) || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestBlobsMayBeWebPages: what is asked for as a blob is not looked at.
func TestBlobsMayBeWebPages(t *testing.T) {
	const page = "<html></html>"
	around, _ := answers(http.StatusOK, nil, page)
	r := registrytest.New(t, around)
	s := newClient(r)
	ref, err := s.ParseReference(r.Repository("echo").Bundle("v1.0.0"))
	if err != nil {
		t.Fatal(err)
	}
	body, err := s.store.read(t.Context(), ref.Repo, DigestOf([]byte(page)), int64(len(page)))
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if got := registrytest.ReadAll(t, body); string(got) != page {
		t.Errorf("read %q", got)
	}
}
