package publish

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/pkg/module"
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
			go io.Copy(io.Discard, connection) //nolint:errcheck // until the client leaves
		}
	}()
	var log logLines
	s := NewSession(SessionOptions{DockerConfig: t.TempDir(), Log: log.add})
	defer s.Close()
	s.loginTimeout = 300 * time.Millisecond
	start := time.Now()
	_, err = s.Status(t.Context(), module.Repository{Source: listener.Addr().String() + "/modules", Name: "echo"})
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
	want := "the registry " + listener.Addr().String() + " is unreachable: no answer within 300ms"
	if exit.CodeOf(err) != exit.Failed || err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
	if want := "waiting for the registry " + listener.Addr().String() + " to answer, up to 300ms"; log.text() != want {
		t.Errorf("log %q, want %q", log.text(), want)
	}
}

// TestPingRetriesAreToldOnce: HTTPS and HTTP are tried side by side.
func TestPingRetriesAreToldOnce(t *testing.T) {
	var log logLines
	s := NewSession(SessionOptions{DockerConfig: t.TempDir(), Log: log.add, Transport: hangsUp{}})
	s.wire.sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	if _, err := s.Tags(t.Context(), "127.0.0.1:1/modules"); err == nil {
		t.Fatal("there is no registry")
	}
	if got := strings.Count(log.text(), "GET /v2/: "); got != attempts-1 {
		t.Errorf("%d lines, want %d:\n%s", got, attempts-1, log.text())
	}
}

// TestPingThatIsPutOff longer than a login may take says what the registry said.
func TestPingThatIsPutOff(t *testing.T) {
	r := newRig(t, func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "50")
			refuse(w, http.StatusTooManyRequests, "TOOMANYREQUESTS")
		})
	})
	_, err := newSession(r).Tags(t.Context(), r.addr+"/modules")
	if err == nil || !strings.Contains(err.Error(), "429") {
		t.Errorf("error %v, want what the registry answered", err)
	}
}

// TestReach: the question whether a registry answers is not asked again by what
// follows, which logs in as ever.
func TestReach(t *testing.T) {
	for _, basic := range []bool{false, true} {
		r := newRig(t)
		r.tokens.basic = basic
		s := newSession(r)
		if err := s.Reach(t.Context(), r.repository("echo")); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Status(t.Context(), r.repository("echo")); err != nil {
			t.Fatal(err)
		}
		pings := 0
		for _, line := range r.log.take() {
			if strings.HasPrefix(line, "GET /v2/ ") {
				pings++
			}
		}
		if pings != 1 {
			t.Errorf("basic %v: %d pings, want 1", basic, pings)
		}
	}
}
