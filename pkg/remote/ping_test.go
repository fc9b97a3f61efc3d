package remote

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/modship/modship/internal/registrytest"
)

// TestRegistryThatNeverAnswers accepts connections and says nothing.
func TestRegistryThatNeverAnswers(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go io.Copy(io.Discard, connection)
		}
	}()
	var log registrytest.LogLines
	s := NewClient(ClientOptions{DockerConfig: t.TempDir(), Log: log.Add, LoginTimeout: 300 * time.Millisecond})
	defer s.Close()
	start := time.Now()
	_, err = s.Tags(t.Context(), listener.Addr().String()+"/modules/echo")
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
	want := "the registry " + listener.Addr().String() + " is unreachable: no answer within 300ms"
	if !errors.Is(err, ErrUnreachable) || err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
	if want := "waiting for the registry " + listener.Addr().String() + " to answer, up to 300ms"; log.Text() != want {
		t.Errorf("log %q, want %q", log.Text(), want)
	}
}

// TestPingRetriesAreToldOnce: HTTPS and HTTP are tried side by side.
func TestPingRetriesAreToldOnce(t *testing.T) {
	var log registrytest.LogLines
	s := NewClient(ClientOptions{DockerConfig: t.TempDir(), Log: log.Add, Transport: registrytest.HangsUp{}})
	s.wire.sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	if _, err := s.Tags(t.Context(), "127.0.0.1:1/modules"); err == nil {
		t.Fatal("there is no registry")
	}
	if got := strings.Count(log.Text(), "GET /v2/: "); got != attempts-1 {
		t.Errorf("%d lines, want %d:\n%s", got, attempts-1, log.Text())
	}
}

// TestPingThatIsPutOff longer than a login may take says what the registry said.
func TestPingThatIsPutOff(t *testing.T) {
	r := registrytest.New(t, func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "50")
			registrytest.Refuse(w, http.StatusTooManyRequests, "TOOMANYREQUESTS")
		})
	})
	_, err := newClient(r).Tags(t.Context(), r.Addr+"/modules")
	if err == nil || !strings.Contains(err.Error(), "429") {
		t.Errorf("error %v, want what the registry answered", err)
	}
}

// TestReach: the question whether a registry answers is not asked again by what
// follows, which logs in as ever.
func TestReach(t *testing.T) {
	for _, basic := range []bool{false, true} {
		r := registrytest.New(t)
		r.Tokens.Basic = basic
		s := newClient(r)
		if err := s.Reach(t.Context(), r.Repository("echo").BundleRepo()); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Tags(t.Context(), r.Repository("echo").BundleRepo()); err != nil {
			t.Fatal(err)
		}
		pings := 0
		for _, line := range r.Log.Take() {
			if strings.HasPrefix(line, "GET /v2/ ") {
				pings++
			}
		}
		if pings != 1 {
			t.Errorf("basic %v: %d pings, want 1", basic, pings)
		}
	}
}
