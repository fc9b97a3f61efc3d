package login

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// serve is a registry that wants the login user:right, by itself or by a token
// server.
func serve(t *testing.T, tokens bool) string {
	t.Helper()
	var server *httptest.Server
	isRight := func(r *http.Request) bool {
		user, password, _ := r.BasicAuth()
		return user == "user" && password == "right"
	}
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/token" && isRight(r):
			_, _ = w.Write([]byte(`{"token": "t"}`))
		case r.URL.Path == "/v2/" && (!tokens && isRight(r) || tokens && r.Header.Get("Authorization") == "Bearer t"):
		default:
			challenge := `Basic realm="x"`
			if tokens {
				challenge = `Bearer realm="` + server.URL + `/token",service="x"`
			}
			w.Header().Set("WWW-Authenticate", challenge)
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func TestCheck(t *testing.T) {
	for _, tokens := range []bool{false, true} {
		host := serve(t, tokens)
		if err := Check(t.Context(), Login{host, "user", "right"}, CheckOptions{}); err != nil {
			t.Errorf("tokens %t: %v", tokens, err)
		}
		if err := Check(t.Context(), Login{host + "/some/path", "user", "right"}, CheckOptions{}); err != nil {
			t.Errorf("tokens %t, with a path: %v", tokens, err)
		}
		err := Check(t.Context(), Login{host, "user", "wrong"}, CheckOptions{})
		if !errors.Is(err, ErrRefused) || strings.Contains(err.Error(), "wrong") {
			t.Errorf("tokens %t, wrong password: %v", tokens, err)
		}
	}
	if err := Check(t.Context(), Login{"127.0.0.1:1", "user", "right"}, CheckOptions{}); err == nil || errors.Is(err, ErrRefused) {
		t.Errorf("no registry: %v", err)
	}
	for _, address := range []string{"", "a b", "/x"} {
		if err := Check(t.Context(), Login{address, "user", "right"}, CheckOptions{}); !errors.Is(err, ErrAddress) {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestStore(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "config.json")
	if err := os.WriteFile(path, []byte(`{"auths": {"other.example.com": {"auth": "eDp5"}}, "HttpHeaders": {"X": "y"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, registry := range []string{"r.example.com:5000/path", "docker.io"} {
		if where, err := Store(Login{registry, "user", "pass"}, dir); err != nil || where != path {
			t.Fatalf("%s: %s, %v", registry, where, err)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		Auths       map[string]struct{ Auth string }
		HTTPHeaders map[string]string `json:"HttpHeaders"`
	}
	if err := json.Unmarshal(data, &config); err != nil {
		t.Fatal(err)
	}
	for host, auth := range map[string]string{"other.example.com": "eDp5", "r.example.com:5000": "dXNlcjpwYXNz", "https://index.docker.io/v1/": "dXNlcjpwYXNz"} {
		if config.Auths[host].Auth != auth {
			t.Errorf("%s: %q, want %q", host, config.Auths[host].Auth, auth)
		}
	}
	if config.HTTPHeaders["X"] != "y" {
		t.Error("other settings are lost")
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %s", info.Mode())
	}
}

// TestStoreInHelper: a configured credential store gets the login, not the file.
func TestStoreInHelper(t *testing.T) {
	dir, bin := t.TempDir(), t.TempDir()
	kept := filepath.Join(dir, "kept")
	if err := os.WriteFile(filepath.Join(bin, "docker-credential-test"), []byte("#!/bin/sh\n[ \"$1\" = store ] && cat > "+kept+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(`{"credsStore": "test"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	where, err := Store(Login{"r.example.com", "user", "pass"}, dir)
	if err != nil || where != "docker-credential-test" {
		t.Fatalf("%s, %v", where, err)
	}
	if data, _ := os.ReadFile(kept); !strings.Contains(string(data), `"Secret":"pass"`) {
		t.Errorf("the helper got %s", data)
	}
	if data, _ := os.ReadFile(filepath.Join(dir, "config.json")); strings.Contains(string(data), "dXNl") {
		t.Errorf("the file holds the login: %s", data)
	}
}
