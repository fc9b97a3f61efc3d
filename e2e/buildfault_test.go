package e2e

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/modship/modship/internal/baseimage/modulerepo"
	"github.com/modship/modship/internal/localregistry"
)

// envAllFaults, set to 1, disturbs every request of a build: that takes long.
const envAllFaults = "E2E_ALL_FAULTS"

// sampledFaults is how many cases are tried otherwise.
const sampledFaults = 14

// A buildFault spoils one request of a build.
type buildFault struct {
	name  string
	serve func(w http.ResponseWriter, r *http.Request, next http.Handler)
}

var buildFaults = []buildFault{
	{"429", retryAfter(http.StatusTooManyRequests)},
	{"503", retryAfter(http.StatusServiceUnavailable)},
	{"reset", func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { resetConnection(w, "") }},
	{"truncated body", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		recorder := httptest.NewRecorder()
		next.ServeHTTP(recorder, r)
		body := recorder.Body.String()
		var head strings.Builder
		fmt.Fprintf(&head, "HTTP/1.1 %d %s\r\n", recorder.Code, http.StatusText(recorder.Code))
		if recorder.Header().Get("Content-Length") == "" {
			recorder.Header().Set("Content-Length", strconv.Itoa(len(body)))
		}
		_ = recorder.Header().Write(&head) // a builder takes everything
		resetConnection(w, head.String()+"\r\n"+body[:len(body)/2])
	}},
}

func retryAfter(status int) func(http.ResponseWriter, *http.Request, http.Handler) {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(status)
	}
}

// resetConnection sends what is given and ends the connection.
func resetConnection(w http.ResponseWriter, sent string) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err) // the server of the tests speaks HTTP/1.1
	}
	defer connection.Close()
	if sent != "" {
		_, _ = connection.Write([]byte(sent)) // the client may be gone
		return
	}
	if tcp, ok := connection.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
}

// spoiler applies a fault to the request with an index, counted from zero, and to
// those that each tells.
type spoiler struct {
	fault buildFault
	index int64
	each  func(r *http.Request) bool
	seen  atomic.Int64
	hit   atomic.Value // method and path of the request
}

func (s *spoiler) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.seen.Add(1)-1 == s.index || s.each != nil && s.each(r) {
			s.hit.Store(r.Method + " " + r.URL.Path)
			s.fault.serve(w, r, next)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// TestBuildFaults disturbs requests of a build, whoever's client sends them. The
// build succeeds, or ends with a documented exit code and one sentence; either way
// the next build finishes the work and the one after it has nothing to do.
func TestBuildFaults(t *testing.T) {
	needBuilds(t)
	t.Parallel()
	s := shapeNamed("minimal")
	counter := &spoiler{index: -1}
	if failed := disturbedBuild(t, s, counter); failed {
		t.Fatal("the build fails without a fault")
	}
	requests := counter.seen.Load()
	type scene struct {
		fault buildFault
		index int64
	}
	var scenes []scene
	for index := range requests {
		for _, f := range buildFaults {
			scenes = append(scenes, scene{f, index})
		}
	}
	all := len(scenes)
	if os.Getenv(envAllFaults) != "1" {
		var sample []scene
		step := all/sampledFaults | 1 // odd: it goes through the faults
		for i := 0; i < all; i += step {
			sample = append(sample, scenes[i])
		}
		scenes = sample
	}
	var wait sync.WaitGroup
	var survived, resumed atomic.Int64
	turns := make(chan struct{}, 2)
	for _, c := range scenes {
		wait.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			if disturbedBuild(t, s, &spoiler{fault: c.fault, index: c.index}) {
				resumed.Add(1)
			} else {
				survived.Add(1)
			}
		})
	}
	wait.Wait()
	t.Logf("%d requests, %d of %d cases: %d survived the fault, %d were stopped by it and resumed", requests, len(scenes), all, survived.Load(), resumed.Load())
}

var oneError = regexp.MustCompile(`(?m)^error: .+$`)

// disturbedBuild builds with one disturbed request and then without, and reports
// whether the first build failed.
func disturbedBuild(t *testing.T, s shape, spoil *spoiler) (failed bool) {
	t.Helper()
	where := fmt.Sprintf("%s at request %d", spoil.fault.name, spoil.index)
	// One that the test does not hold on to: what is in it is in memory.
	r, err := startRegistry(context.Background(), localregistry.Options{})
	if err != nil {
		t.Error(err)
		return true
	}
	defer r.stop()
	r.pushBase(t)
	dir := t.TempDir() + "/" + s.name
	if err := modulerepo.Materialise(t.Context(), dir, s.dir(), modulerepo.Options{Registry: r.Addr()}); err != nil {
		t.Error(err)
		return true
	}
	h := newHome(t)
	defer os.RemoveAll(h.dir)
	args := []string{"build", "--source", r.source(), "--tag", version, "--progress", "plain"}
	r.around(spoil.wrap)
	got := h.run(t, dir, "modship", args...)
	r.around(nil)
	if got.code != 0 {
		if strings.Contains(got.stderr, "panic:") || strings.Contains(got.stderr, "goroutine ") ||
			len(oneError.FindAllString(got.stderr, -1)) != 1 || got.code != 1 && got.code != 4 && got.code != 5 {
			t.Errorf("%s: exit code %d\n%s", where, got.code, got.stderr)
		} else {
			t.Logf("%s, %s: exit code %d, %s", where, spoil.hit.Load(), got.code, oneError.FindString(got.stderr))
		}
	}
	if again := h.run(t, dir, "modship", args...); again.code != 0 {
		t.Errorf("%s: the next build has the exit code %d\n%s", where, again.code, again.stderr)
	}
	last := newHome(t)
	defer os.RemoveAll(last.dir)
	plan := last.modship(t, dir, "plan", "--source", r.source(), "--tag", version, "--format", "json")
	for _, image := range readPlan(t, plan).Images {
		if image.Action != "reuse" {
			t.Errorf("%s: at the end %s is not in the repository (%s)", where, image.Name, image.Action)
		}
	}
	return got.code != 0
}

// TestBuildUnknownBlobs refuses each manifest of a build once, as a registry does
// when two uploads of a blob get in each other's way.
func TestBuildUnknownBlobs(t *testing.T) {
	needBuilds(t)
	t.Parallel()
	unknown := buildFault{"unknown blob", func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN","message":"blob unknown to registry"}]}`))
	}}
	var refused sync.Map // paths of manifests
	var metadata atomic.Int64
	first := func(r *http.Request) bool {
		if r.Method != http.MethodPut || !strings.Contains(r.URL.Path, "/manifests/") {
			return false
		}
		_, again := refused.LoadOrStore(r.URL.Path, true)
		if !again && strings.Contains(r.URL.Path, "/manifests/import-metadata-") {
			metadata.Add(1)
		}
		return !again
	}
	if disturbedBuild(t, shapeNamed("echo"), &spoiler{fault: unknown, index: -1, each: first}) {
		t.Error("the build fails")
	}
	if metadata.Load() == 0 {
		t.Error("no metadata of imports was refused")
	}
}
