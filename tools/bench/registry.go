package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/modship/modship/internal/localregistry"
)

// farRegistry is distribution v3 in this process: as far away as delay says,
// and counting what it is asked.
type farRegistry struct {
	*localregistry.Server
	delay    atomic.Int64 // nanoseconds before each answer
	bearer   bool         // asks for a token, as GitLab, Harbor and Docker Hub do
	requests atomic.Int64
	bytes    atomic.Int64 // of bodies, both ways
}

func serve(ctx context.Context, bearer bool) (*farRegistry, error) {
	return serveFrom(ctx, "", bearer)
}

// serveFrom serves what is in a directory, or from memory if that is empty, where
// large blobs take very long.
func serveFrom(ctx context.Context, dir string, bearer bool) (*farRegistry, error) {
	r := &farRegistry{bearer: bearer}
	var err error
	r.Server, err = localregistry.Serve(ctx, localregistry.Options{Addr: "127.0.0.1:0", Dir: dir, Wrap: r.wrap})
	return r, err
}

func (r *farRegistry) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = r.Close(ctx) // its content is in memory and goes with it
}

func (r *farRegistry) source() string { return r.Addr() + "/modules" }

// take returns the counts since the last call.
func (r *farRegistry) take() (requests, bytes float64) {
	return float64(r.requests.Swap(0)), float64(r.bytes.Swap(0))
}

// token is the only one that there is: how it is checked takes no time in any
// registry, how often it is asked for does.
const token = "bench"

func (r *farRegistry) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		r.requests.Add(1)
		time.Sleep(time.Duration(r.delay.Load()))
		switch {
		case request.URL.Path == "/token":
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"token":%q,"expires_in":300}`, token)
		case r.bearer && request.Header.Get("Authorization") != "Bearer "+token:
			challenge := fmt.Sprintf(`Bearer realm="http://%s/token",service="bench"`, request.Host)
			if scope := scopeOf(request); scope != "" {
				challenge += fmt.Sprintf(`,scope=%q`, scope)
			}
			w.Header().Set("WWW-Authenticate", challenge)
			w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
			w.WriteHeader(http.StatusUnauthorized)
		default:
			request.Body = &countedBody{request.Body, &r.bytes}
			next.ServeHTTP(&countedWriter{w, &r.bytes}, request)
		}
	})
}

// scopeOf is the scope that a request to a repository needs.
func scopeOf(request *http.Request) string {
	path := strings.TrimPrefix(request.URL.Path, "/v2/")
	for _, part := range []string{"/manifests/", "/blobs/", "/tags/"} {
		if repository, _, found := strings.Cut(path, part); found {
			return "repository:" + repository + ":pull,push"
		}
	}
	return ""
}

type countedBody struct {
	io.ReadCloser
	bytes *atomic.Int64
}

func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.bytes.Add(int64(n))
	return n, err
}

type countedWriter struct {
	http.ResponseWriter
	bytes *atomic.Int64
}

func (w *countedWriter) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p)
	w.bytes.Add(int64(n))
	return n, err
}

// Unwrap lets http.ResponseController reach the writer below.
func (w *countedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
