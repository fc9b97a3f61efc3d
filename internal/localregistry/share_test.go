package localregistry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

func serveBeside(t *testing.T, addr, dir string) *Server {
	t.Helper()
	server, err := ServeBeside(t.Context(), Options{Addr: addr, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close(context.Background()) })
	return server
}

// TestTheSecondGoesOn: the registry that was there first ends while another run
// else works, in the middle of an upload too.
func TestTheSecondGoesOn(t *testing.T) {
	dir := t.TempDir()
	first := serveBeside(t, "127.0.0.1:0", dir)
	addr := first.Addr()
	const content = "a blob in two halves"
	blob, _, err := v1.SHA256(strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	started := request(t, http.MethodPost, "http://"+addr+"/v2/modules/echo/blobs/uploads/", "")
	half := request(t, http.MethodPatch, started, content[:5])

	second := serveBeside(t, addr, dir)
	if err := first.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	done := request(t, http.MethodPut, half+"&digest="+blob.String(), content[5:])
	if !strings.HasSuffix(done, blob.String()) {
		t.Errorf("the blob is at %s", done)
	}
	if _, err := remote.Head(push(t, second.Addr())); err != nil {
		t.Error(err)
	}
}

// request sends a request on a connection of its own and returns the Location
// of the answer.
func request(t *testing.T, method, url, body string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	response, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode >= 300 {
		t.Fatalf("%s %s: %s", method, url, response.Status)
	}
	location, err := r.URL.Parse(response.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(location)
}

func TestServeBesideNeedsTheSameData(t *testing.T) {
	shared := serveBeside(t, "127.0.0.1:0", t.TempDir())
	alone := serve(t, Options{Dir: t.TempDir()})
	for name, addr := range map[string]string{"other data": shared.Addr(), "started alone": alone.Addr()} {
		_, err := ServeBeside(t.Context(), Options{Addr: addr, Dir: t.TempDir()})
		var inUse *InUseError
		if !errors.As(err, &inUse) || !inUse.Registry {
			t.Errorf("%s: %v, want a registry that is in use", name, err)
		}
	}
	if _, err := Serve(t.Context(), Options{Addr: shared.Addr(), Dir: t.TempDir()}); err == nil {
		t.Error("a registry was started alone where others serve")
	}
}

// TestCloseDoesNotWaitForUnusedConnections: clients open them in advance.
func TestCloseDoesNotWaitForUnusedConnections(t *testing.T) {
	server := serve(t, Options{})
	conn, err := net.Dial("tcp", server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	closed := make(chan error)
	go func() { closed <- server.Close(context.Background()) }()
	select {
	case err := <-closed:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(3 * time.Second): // http.Server's own patience is 5 s
		t.Error("closing waits for a connection without a request")
	}
}

// TestCloseWaitsForRequests: others may be served.
func TestCloseWaitsForRequests(t *testing.T) {
	asked, answer := make(chan struct{}), make(chan struct{})
	server := serve(t, Options{Wrap: func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			close(asked)
			<-answer
			w.WriteHeader(http.StatusTeapot)
		})
	}})
	status := make(chan int)
	go func() {
		response, err := http.Get("http://" + server.Addr() + "/v2/")
		if err != nil {
			status <- 0
			return
		}
		response.Body.Close()
		status <- response.StatusCode
	}()
	<-asked
	closed := make(chan error)
	go func() { closed <- server.Close(context.Background()) }()
	time.Sleep(100 * time.Millisecond)
	close(answer)
	if got := <-status; got != http.StatusTeapot {
		t.Errorf("the request was answered with %d", got)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}
