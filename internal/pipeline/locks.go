package pipeline

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/modship/modship/internal/exit"
)

// lockService is where werf takes its locks for a repository that other
// machines can reach, see DefaultAddress in its pkg/storage/synchronization/server.
const lockService = "https://synchronization.werf.io"

// lockTimeout bounds one attempt to reach the lock service. werf itself waits
// for minutes, and says nothing.
const lockTimeout = 10 * time.Second

// checkLocks finds out before a build whether werf can take its locks.
func (s *source) checkLocks(ctx context.Context) error {
	address := *s.opts.Flags.Data().Synchronization
	if address == "" {
		address = lockService
	}
	if s.dry || !strings.HasPrefix(address, "http://") && !strings.HasPrefix(address, "https://") {
		return nil
	}
	var err error
	for range 2 {
		if err = s.Answers(ctx, address); err == nil || ctx.Err() != nil {
			return err
		}
	}
	return exit.With(exit.Failed, fmt.Errorf("werf's lock service %s cannot be reached: %w", address, err),
		"In a closed network, set WERF_SYNCHRONIZATION (--synchronization): :local if no other machine builds this module at the same time, else the address of a lock service of your own.")
}

// answers reports as an error that nothing answers HTTP at an address.
func answers(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, lockTimeout, fmt.Errorf("no answer within %s", lockTimeout))
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return errors.New("it is not an address")
	}
	response, err := http.DefaultClient.Do(request)
	if err == nil {
		return response.Body.Close()
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if failed, ok := errors.AsType[*url.Error](err); ok { // its text has the address, which may hold a login
		return failed.Err
	}
	return err
}
