package remote

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
)

func TestOwn(t *testing.T) {
	request, _ := url.Parse("https://r.example/v2/m/echo/blobs/uploads/")
	for location, want := range map[string]string{
		"/v2/m/echo/blobs/uploads/1?s=x":                       "https://r.example/v2/m/echo/blobs/uploads/1?s=x",
		"http://r.example/v2/m/echo/blobs/uploads/1":           "https://r.example/v2/m/echo/blobs/uploads/1",
		"http://registry:5000/v2/m/echo/blobs/uploads/1":       "https://r.example/v2/m/echo/blobs/uploads/1",
		"https://s3.example/bucket/v2/m/echo/blobs/uploads/1":  "https://s3.example/bucket/v2/m/echo/blobs/uploads/1",
		"https://other.example/v2/other/blobs/uploads/1?_st=a": "https://other.example/v2/other/blobs/uploads/1?_st=a",
	} {
		if got, err := own(request, location); err != nil || got.String() != want {
			t.Errorf("%s: got %s, %v, want %s", location, got, err, want)
		}
	}
	if _, err := own(request, "https://[bad"); err == nil {
		t.Error("an address that is none is accepted")
	}
}

// uploads serves upload sessions, with the location as it says.
func uploads(location func(r *http.Request) string, missing ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, repo := range missing {
			if strings.HasPrefix(r.URL.Path, "/v2/"+repo+"/blobs/") {
				w.WriteHeader(http.StatusNotFound)
				_, _ = w.Write([]byte(`{"errors":[{"code":"NAME_UNKNOWN","message":"no such repository"}]}`))
				return
			}
		}
		switch r.Method {
		case http.MethodPost:
			w.Header().Set("Location", location(r))
			w.WriteHeader(http.StatusAccepted)
		case http.MethodDelete:
			w.WriteHeader(http.StatusNoContent)
		}
	})
}

func TestCheckWritable(t *testing.T) {
	plain := func(r *http.Request) string { return "http://" + r.Host + r.URL.Path + "1" }
	var requests atomic.Int64
	serve := func(start func(http.Handler) *httptest.Server, missing ...string) string {
		h := uploads(plain, missing...)
		server := start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			requests.Add(1)
			h.ServeHTTP(w, r)
		}))
		t.Cleanup(server.Close)
		_, host, _ := strings.Cut(server.URL, "://")
		return host
	}
	s := NewClient(ClientOptions{DockerConfig: t.TempDir(), SkipTLSVerify: true})
	defer s.Close()

	host := serve(httptest.NewServer)
	if err := s.CheckWritable(t.Context(), host+"/a/b", host+"/a"); err == nil {
		t.Error("a path of one letter is accepted")
	}
	requests.Store(0)
	if err := s.CheckWritable(t.Context(), host+"/mods/b", host+"/mods"); err != nil || requests.Load() != 4 {
		t.Errorf("%v after %d requests, want 4", err, requests.Load())
	}
	host = serve(httptest.NewServer, "mods", "mods/b/release")
	err := s.CheckWritable(t.Context(), host+"/mods/b", host+"/mods/b/release", host+"/mods")
	var missing *MissingError
	if !errors.As(err, &missing) || strings.Join(missing.Repositories, " ") != "mods/b/release mods" || missing.Registry != host {
		t.Errorf("error %v", err)
	}
	if err := s.CheckWritable(t.Context(), serve(httptest.NewTLSServer)+"/mods/b"); !errors.Is(err, ErrDowngrade) {
		t.Errorf("an http:// address over HTTPS: %v", err)
	}
}

// A login is not sent over plain HTTP, and nobody is told to do so.
func TestPlainHTTPWithALogin(t *testing.T) {
	for name, keys := range map[string]Keychain{"login": &byPath{}, "none": nil} {
		s := NewClient(ClientOptions{Keychain: keys, DockerConfig: t.TempDir(), Transport: plainOnly{}})
		_, _, err := s.Digest(t.Context(), "r.example/mods/echo:v1")
		if want := map[string]error{"login": ErrExposed, "none": ErrPlainHTTP}[name]; !errors.Is(err, want) {
			t.Errorf("%s: error %v, want %v", name, err, want)
		}
	}
}

// plainOnly is the network with a registry that speaks plain HTTP only.
type plainOnly struct{}

func (plainOnly) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, http.ErrSchemeMismatch
}

// What a proxy answers is not the registry's answer, and is not asked for twice.
func TestProxyRefuses(t *testing.T) {
	for _, status := range []int{http.StatusProxyAuthRequired, http.StatusForbidden} {
		var asked atomic.Int64
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			asked.Add(1)
			w.WriteHeader(status)
		}))
		defer server.Close()
		address, _ := url.Parse(server.URL)
		s := NewClient(ClientOptions{DockerConfig: t.TempDir()})
		s.own.Proxy = http.ProxyURL(address)
		_, _, err := s.Digest(t.Context(), "r.example/mods/echo:v1")
		var refused *ProxyError
		if !errors.As(err, &refused) || refused.Status != status || refused.Proxy != address.Host || !strings.Contains(err.Error(), "the proxy "+address.Host+" answered") {
			t.Errorf("%d: error %v", status, err)
		}
		if asked.Load() != 1 {
			t.Errorf("%d: asked %d times", status, asked.Load())
		}
		s.Close()
	}
}
