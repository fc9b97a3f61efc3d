package remote

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// byPath gives each path below a registry a user of that name.
type byPath struct{ asked int }

func (k *byPath) Find(_ context.Context, repository string) (Credentials, error) {
	k.asked++
	_, path, _ := strings.Cut(repository, "/")
	user, _, _ := strings.Cut(path, "/")
	if user == "broken" {
		return Credentials{}, errors.New("no answer")
	}
	if user == "public" {
		return Credentials{}, nil
	}
	return Credentials{Username: user, Password: "p", Origin: "a file"}, nil
}

// Each repository of a registry may have a login of its own.
func TestKeychainByRepository(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, _, _ := r.BasicAuth()
		path := strings.TrimPrefix(r.URL.Path, "/v2/")
		if path == "" || !strings.HasPrefix(path, "public/") && !strings.HasPrefix(path, user+"/") {
			w.Header().Set("WWW-Authenticate", "Basic realm=r")
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Docker-Content-Digest", "sha256:"+strings.Repeat("0", 64))
		w.Header().Set("Content-Length", "2")
	}))
	defer server.Close()
	keys := &byPath{}
	s := NewClient(ClientOptions{Keychain: keys})
	defer s.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	for range 2 {
		for _, repo := range []string{"one/echo", "two/echo", "public/echo"} {
			if _, found, err := s.Digest(t.Context(), host+"/"+repo+":v1"); !found || err != nil {
				t.Errorf("%s: found %t, %v", repo, found, err)
			}
		}
	}
	if keys.asked != 3 {
		t.Errorf("the keychain was asked %d times for 3 repositories", keys.asked)
	}
	if _, _, err := s.Digest(t.Context(), host+"/broken/echo:v1"); err == nil || !strings.Contains(err.Error(), "no answer") {
		t.Errorf("error %v", err)
	}
}
