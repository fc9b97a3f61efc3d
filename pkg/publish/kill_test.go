package publish

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/registrytest"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/remote"
)

// childEnv makes this test binary the publisher that is killed.
const childEnv = "MODSHIP_TEST_PUBLISH"

// childOrder is what the child is told to do.
type childOrder struct {
	Host    string
	Config  string
	Request Request
}

// TestChild is not a test: it is the program that TestSIGKILL kills.
func TestChild(t *testing.T) {
	text := os.Getenv(childEnv)
	if text == "" {
		t.Skip("only run by TestSIGKILL")
	}
	var order childOrder
	if err := json.Unmarshal([]byte(text), &order); err != nil {
		t.Fatal(err)
	}
	client := remote.NewClient(remote.ClientOptions{Username: registrytest.TestUser, Password: registrytest.TestPassword, Host: order.Host, DockerConfig: order.Config})
	if err := publishRequest(t.Context(), New(client, NewOptions{}), order.Request); err != nil {
		t.Fatal(err)
	}
}

// TestSIGKILL kills a publishing process with its n-th request under way, for
// every n. A consumer then finds all that is visible consumable, and
// publishing again ends as if nothing had happened.
func TestSIGKILL(t *testing.T) {
	prepare := func() (*rig, Request) {
		r := newRig(t)
		request := r.request("echo", "v1.0.0", r.Build("echo", "v1.0.0", ""))
		request.Channels = []module.Channel{module.Alpha}
		return r, request
	}
	r, request := prepare()
	r.Log.Take()
	r.apply(newPublisher(r), request)
	requests, want := len(r.Log.Take()), r.state()

	for index := range requests {
		r, request := prepare()
		order, err := json.Marshal(childOrder{Host: r.Addr, Config: t.TempDir(), Request: request})
		if err != nil {
			t.Fatal(err)
		}
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChild$")
		child.Env = append(os.Environ(), childEnv+"="+string(order))
		r.Around(killer(child, int64(index)))
		if err := child.Run(); err == nil {
			t.Errorf("request %d: the child lived", index)
		}
		r.Around()
		if !r.checkConsumable() {
			t.Errorf("after a kill at request %d", index)
		}
		if err := publishRequest(context.WithoutCancel(t.Context()), newPublisher(r), request); err != nil {
			t.Errorf("after a kill at request %d: %v", index, err)
		}
		if diff := cmp.Diff(want, r.state()); diff != "" {
			t.Errorf("after a kill at request %d (-want +got):\n%s", index, diff)
		}
	}
	t.Logf("killed at each of %d requests", requests)
}

// killer kills the child when its request with the index arrives. The request
// is done: the answer is what gets lost.
func killer(child *exec.Cmd, index int64) registrytest.Middleware {
	var seen atomic.Int64
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if seen.Add(1)-1 == index {
				child.Process.Kill()
			}
			next.ServeHTTP(w, r)
		})
	}
}
