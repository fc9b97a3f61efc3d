package publish

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modship/modship/internal/localregistry"
	"github.com/modship/modship/pkg/module"
)

// middleware is something put around a registry.
type middleware func(http.Handler) http.Handler

// rig is a real registry behind a token server and a log of requests.
type rig struct {
	t      testing.TB
	addr   string
	log    *requestLog
	tokens *tokenServer
	wire   http.RoundTripper // where it is spoken to without a network

	plain   http.Handler                 // the registry behind its login
	handler atomic.Pointer[http.Handler] // plain with what is around it
}

// newRig serves distribution in memory. The middlewares see requests after the
// log and before the login, the first one first.
func newRig(t testing.TB, around ...middleware) *rig {
	t.Helper()
	r := &rig{t: t, log: &requestLog{}, tokens: newTokenServer()}
	server, err := localregistry.Serve(context.Background(), localregistry.Options{
		Addr: "127.0.0.1:0",
		Wrap: func(next http.Handler) http.Handler {
			r.plain = r.tokens.wrap(next)
			r.around(around...)
			return r.log.wrap(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
				(*r.handler.Load()).ServeHTTP(w, request)
			}))
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		server.Close(ctx)
	})
	r.addr = server.Addr()
	return r
}

// around replaces the middlewares.
func (r *rig) around(middlewares ...middleware) {
	handler := r.plain
	for _, m := range slices.Backward(middlewares) {
		handler = m(handler)
	}
	r.handler.Store(&handler)
}

const (
	testUser     = "robot"
	testPassword = "correct-horse-battery"
)

// writeLogin puts the login for the registry into a Docker configuration.
func (r *rig) writeLogin(dir string) {
	r.t.Helper()
	auth := base64.StdEncoding.EncodeToString([]byte(testUser + ":" + testPassword))
	content := fmt.Sprintf(`{"auths":{%q:{"auth":%q}}}`, r.addr, auth)
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(content), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) repository(name string) module.Repository {
	r.t.Helper()
	repository, err := module.NewRepository(r.addr+"/modules", name)
	if err != nil {
		r.t.Fatal(err)
	}
	return repository
}

// requestLog counts what reaches the registry.
type requestLog struct {
	mu    sync.Mutex
	lines []string
}

func (l *requestLog) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		recorder := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(recorder, request)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.lines = append(l.lines, fmt.Sprintf("%s %s %d", request.Method, request.URL.Path, recorder.status))
	})
}

// take returns the requests since the last take.
func (l *requestLog) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := l.lines
	l.lines = nil
	return lines
}

type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (r *statusRecorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController hijack through the recorder.
func (r *statusRecorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// tokenServer gives tokens for exactly the scopes that are asked for, and lets
// nothing through that the token does not allow.
type tokenServer struct {
	mu       sync.Mutex
	grants   map[string][]string // token → scopes
	readOnly bool                // the login may only read: other scopes are left out
	strict   bool                // they are refused instead
	open     bool                // no login at all
	basic    bool                // HTTP Basic in place of tokens
}

func newTokenServer() *tokenServer { return &tokenServer{grants: map[string][]string{}} }

func (ts *tokenServer) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case ts.open:
			next.ServeHTTP(w, r)
		case ts.basic:
			if user, password, _ := r.BasicAuth(); user == testUser && password == testPassword {
				next.ServeHTTP(w, r)
				return
			}
			w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
			refuse(w, http.StatusUnauthorized, "UNAUTHORIZED")
		case r.URL.Path == "/token":
			ts.issue(w, r)
		case ts.allows(r):
			next.ServeHTTP(w, r)
		default:
			w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="http://%s/token",service="test"`, r.Host))
			refuse(w, http.StatusUnauthorized, "UNAUTHORIZED")
		}
	})
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"errors":[{"code":%q,"message":"refused by the test"}]}`, code)
}

func (ts *tokenServer) issue(w http.ResponseWriter, r *http.Request) {
	if user, password, _ := r.BasicAuth(); user != testUser || password != testPassword {
		refuse(w, http.StatusUnauthorized, "UNAUTHORIZED")
		return
	}
	scopes := r.URL.Query()["scope"]
	if ts.strict && strings.Contains(strings.Join(scopes, " "), "push") {
		refuse(w, http.StatusForbidden, "DENIED")
		return
	}
	if ts.readOnly {
		for i := range scopes {
			scopes[i] = strings.ReplaceAll(strings.ReplaceAll(scopes[i], "push,", ""), ",delete", "")
		}
	}
	token := rand.Text()
	ts.mu.Lock()
	ts.grants[token] = scopes
	ts.mu.Unlock()
	json.NewEncoder(w).Encode(map[string]any{"token": token})
}

// issued lists all tokens.
func (ts *tokenServer) issued() []string {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	return sortedKeys(ts.grants)
}

// expire takes back all tokens.
func (ts *tokenServer) expire() {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	clear(ts.grants)
}

func (ts *tokenServer) allows(r *http.Request) bool {
	ts.mu.Lock()
	scopes, ok := ts.grants[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	ts.mu.Unlock()
	if !ok || r.URL.Path == "/v2/" {
		return ok
	}
	repo := strings.TrimPrefix(r.URL.Path, "/v2/")
	for _, part := range []string{"/manifests/", "/blobs/", "/tags/", "/referrers/"} {
		if i := strings.Index(repo, part); i >= 0 {
			repo = repo[:i]
			break
		}
	}
	action := map[string]string{http.MethodGet: "pull", http.MethodHead: "pull", http.MethodDelete: "delete"}[r.Method]
	if action == "" {
		action = "push"
	}
	if from := r.URL.Query().Get("from"); from != "" && !grants(scopes, from, "pull") {
		return false
	}
	return grants(scopes, repo, action)
}

func grants(scopes []string, repo, action string) bool {
	return slices.ContainsFunc(scopes, func(scope string) bool {
		rest, ok := strings.CutPrefix(scope, "repository:"+repo+":")
		return ok && slices.Contains(strings.Split(rest, ","), action)
	})
}

// serveBack runs a request through handler and gives what it answered, for
// middlewares that change answers.
func serveBack(handler http.Handler, r *http.Request) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, r)
	return recorder
}

func readAll(t testing.TB, r io.Reader) []byte {
	t.Helper()
	var buffer bytes.Buffer
	if _, err := buffer.ReadFrom(r); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

func mustTime(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
