package localregistry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// Two locks in the data directory keep [Collect] away from content that is
// being written: what a push has sent is referenced by nothing before its last
// request. Runs hold the first one from their first request to their last. A
// registry that is served on its own cannot know what its clients are about: it
// holds the second one while there are requests and for idleGrace after.
const (
	runsLock    = ".modship-runs.lock"
	servingLock = ".modship-serving.lock"
)

const (
	idleGrace = 5 * time.Second
	// lockInterval is how often a lock that is held by others is tried again.
	lockInterval = 50 * time.Millisecond
	// aloneWait is how long [Alone] waits for a registry that is served on its own
	// to become idle.
	aloneWait = idleGrace + 2*time.Second
)

// Use marks the data in dir as used by a run until release is called. It waits
// while [Alone] holds it.
func Use(ctx context.Context, dir string) (release func(), err error) {
	return share(ctx, dir, runsLock)
}

func share(ctx context.Context, dir, name string) (release func(), err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("create the registry directory: %w", err)
	}
	lock := flock.New(filepath.Join(dir, name))
	if _, err := lock.TryRLockContext(ctx, lockInterval); err != nil {
		return nil, fmt.Errorf("lock the registry's data: %w", err)
	}
	return func() { _ = lock.Unlock() }, nil
}

// Alone locks the data in dir against runs and servers until release is called.
// It reports false if others use the data.
func Alone(ctx context.Context, dir string) (release func(), alone bool, err error) {
	runs, serving := flock.New(filepath.Join(dir, runsLock)), flock.New(filepath.Join(dir, servingLock))
	if alone, err := runs.TryLock(); err != nil || !alone {
		return nil, false, lockError(err)
	}
	wait, cancel := context.WithTimeout(ctx, aloneWait)
	defer cancel()
	if alone, err := serving.TryLockContext(wait, lockInterval); !alone {
		_ = runs.Unlock()
		if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
			err = nil
		}
		return nil, false, lockError(err)
	}
	return func() { _, _ = serving.Unlock(), runs.Unlock() }, true, nil
}

func lockError(err error) error {
	if err != nil {
		return fmt.Errorf("lock the registry's data: %w", err)
	}
	return nil
}

// whileServing holds the lock of a registry that is served on its own from the
// first of overlapping requests until idleGrace after the last.
type whileServing struct {
	dir string

	mu      sync.Mutex
	active  int
	release func()
	timer   *time.Timer
}

func (w *whileServing) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if err := w.begin(r.Context()); err != nil {
			http.Error(rw, err.Error(), http.StatusServiceUnavailable)
			return
		}
		defer w.end()
		next.ServeHTTP(rw, r)
	})
}

func (w *whileServing) begin(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.release == nil {
		release, err := share(ctx, w.dir, servingLock)
		if err != nil {
			return err
		}
		w.release = release
	}
	w.active++
	return nil
}

func (w *whileServing) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.active--
	if w.active > 0 {
		return
	}
	if w.timer != nil {
		w.timer.Stop()
	}
	w.timer = time.AfterFunc(idleGrace, w.idle)
}

func (w *whileServing) idle() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.active == 0 && w.release != nil {
		w.release()
		w.release = nil
	}
}
