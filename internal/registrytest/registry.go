package registrytest

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
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

// Middleware is something put around a registry.
type Middleware func(http.Handler) http.Handler

// Registry is a real registry behind a token server and a log of requests.
type Registry struct {
	T         testing.TB
	Addr      string
	Log       *requestLog
	Tokens    *tokenServer
	Transport http.RoundTripper // where it is spoken to without a network

	Plain   http.Handler                 // the registry behind its login
	handler atomic.Pointer[http.Handler] // plain, wrapped
}

// New serves distribution in memory. The middlewares see requests after the
// log and before the login, the first one first.
func New(t testing.TB, around ...Middleware) *Registry {
	t.Helper()
	r := &Registry{T: t, Log: &requestLog{}, Tokens: newTokenServer()}
	server, err := localregistry.Serve(context.Background(), localregistry.Options{
		Addr: "127.0.0.1:0",
		Wrap: func(next http.Handler) http.Handler {
			r.Plain = r.Tokens.wrap(next)
			r.Around(around...)
			return r.Log.wrap(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
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
	r.Addr = server.Addr()
	return r
}

// Around replaces the middlewares.
func (r *Registry) Around(middlewares ...Middleware) {
	handler := r.Plain
	for _, m := range slices.Backward(middlewares) {
		handler = m(handler)
	}
	r.handler.Store(&handler)
}

// The login of a registry that asks for one.
const (
	TestUser     = "robot"
	TestPassword = "correct-horse-battery"
)

// WriteLogin puts the login for the registry into a Docker configuration.
func (r *Registry) WriteLogin(dir string) {
	r.T.Helper()
	auth := base64.StdEncoding.EncodeToString([]byte(TestUser + ":" + TestPassword))
	content := fmt.Sprintf(`{"auths":{%q:{"auth":%q}}}`, r.Addr, auth)
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(content), 0o600); err != nil {
		r.T.Fatal(err)
	}
}

// Repository returns a module's repository in the registry.
func (r *Registry) Repository(name string) module.Repository {
	r.T.Helper()
	repository, err := module.NewRepository(r.Addr+"/modules", name)
	if err != nil {
		r.T.Fatal(err)
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

// Take returns the requests since the last take.
func (l *requestLog) Take() []string {
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
	ReadOnly bool                // the login may only read: other scopes are left out
	Strict   bool                // they are refused instead
	Open     bool                // no login at all
	Basic    bool                // HTTP Basic in place of tokens
}

func newTokenServer() *tokenServer { return &tokenServer{grants: map[string][]string{}} }

func (ts *tokenServer) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case ts.Open:
			next.ServeHTTP(w, r)
		case ts.Basic:
			if user, password, _ := r.BasicAuth(); user == TestUser && password == TestPassword {
				next.ServeHTTP(w, r)
				return
			}
			w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
			Refuse(w, http.StatusUnauthorized, "UNAUTHORIZED")
		case r.URL.Path == "/token":
			ts.issue(w, r)
		case ts.allows(r):
			next.ServeHTTP(w, r)
		default:
			w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="http://%s/token",service="test"`, r.Host))
			Refuse(w, http.StatusUnauthorized, "UNAUTHORIZED")
		}
	})
}

// Refuse answers with an error of the distribution specification.
func Refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"errors":[{"code":%q,"message":"refused by the test"}]}`, code)
}

func (ts *tokenServer) issue(w http.ResponseWriter, r *http.Request) {
	if user, password, _ := r.BasicAuth(); user != TestUser || password != TestPassword {
		Refuse(w, http.StatusUnauthorized, "UNAUTHORIZED")
		return
	}
	scopes := r.URL.Query()["scope"]
	if ts.Strict && strings.Contains(strings.Join(scopes, " "), "push") {
		Refuse(w, http.StatusForbidden, "DENIED")
		return
	}
	if ts.ReadOnly {
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

// Issued lists all tokens.
func (ts *tokenServer) Issued() []string {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	return slices.Sorted(maps.Keys(ts.grants))
}

// Expire takes back all tokens.
func (ts *tokenServer) Expire() {
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

// ServeBack runs a request through handler and gives what it answered, for
// middlewares that change answers.
func ServeBack(handler http.Handler, r *http.Request) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, r)
	return recorder
}

// ReadAll reads everything, or fails the test.
func ReadAll(t testing.TB, r io.Reader) []byte {
	t.Helper()
	var buffer bytes.Buffer
	if _, err := buffer.ReadFrom(r); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

// MustTime reads a time in RFC 3339, or fails the test.
func MustTime(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// digestOf returns the digest of content.
func digestOf(content []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(content)) }
