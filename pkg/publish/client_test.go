package publish

import (
	"context"
	"testing"
	"time"

	"github.com/modship/modship/internal/registrytest"
	"github.com/modship/modship/pkg/remote"
)

// rig is a registry with the verbs that tests use on it.
type rig struct{ *registrytest.Registry }

func newRig(t testing.TB, around ...registrytest.Middleware) *rig {
	t.Helper()
	return &rig{registrytest.New(t, around...)}
}

// newContent lets set fill a registry and takes its content.
func newContent(t *testing.T, set func(*rig)) registrytest.Content {
	t.Helper()
	return registrytest.NewContent(t, func(r *registrytest.Registry) { set(&rig{r}) })
}

// open makes a registry with a copy of the content.
func open(t *testing.T, content registrytest.Content) *rig {
	t.Helper()
	return &rig{content.Open(t)}
}

// newPublisher returns a publisher that may do everything and does not wait.
func newPublisher(r *rig, change ...func(*remote.ClientOptions)) *Publisher {
	r.T.Helper()
	opts := remote.ClientOptions{
		Username: registrytest.TestUser, Password: registrytest.TestPassword, Host: r.Addr,
		Transport: r.Transport, DockerConfig: r.T.TempDir(), Timeout: 5 * time.Second,
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
	for _, c := range change {
		c(&opts)
	}
	client := remote.NewClient(opts)
	r.T.Cleanup(client.Close)
	return New(client, NewOptions{Actor: "ci@runner", Log: opts.Log})
}
