package publish

import (
	"context"
	"time"
)

// newSession makes a session that may do everything and does not really wait.
func newSession(r *rig, change ...func(*SessionOptions)) *Session {
	r.t.Helper()
	opts := SessionOptions{
		Username: testUser, Password: testPassword, Host: r.addr,
		Transport: r.wire, DockerConfig: r.t.TempDir(), Timeout: 5 * time.Second, Actor: "ci@runner",
	}
	for _, c := range change {
		c(&opts)
	}
	s := NewSession(opts)
	s.wire.sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	r.t.Cleanup(s.Close)
	return s
}
