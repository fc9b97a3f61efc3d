package werfenv

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A daemon that answers the ping of Docker's API is used.
func TestBackendWithDocker(t *testing.T) {
	daemon := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/_ping") {
			t.Errorf("asked for %s", r.URL.Path)
		}
		w.Header().Set("Api-Version", "1.44")
	}))
	defer daemon.Close()
	host := "tcp://" + strings.TrimPrefix(daemon.URL, "http://")
	t.Setenv("WERF_BUILDAH_MODE", "")
	t.Setenv(envReason, "")
	t.Setenv("DOCKER_HOST", host)
	t.Setenv("DOCKER_TLS_VERIFY", "")
	got, err := ChooseBackend(t.Context())
	if err != nil || got != (BackendChoice{Docker, "a Docker daemon answers at " + host, "docker"}) {
		t.Errorf("%+v, %v", got, err)
	}
}
