package werfenv

import (
	"context"
	"errors"
	"regexp"
	"time"

	"github.com/werf/logboek"
)

// How often what a registry refuses for a moment is done, and the wait after the
// first time, which doubles.
const (
	persistAttempts = 5
	persistWait     = time.Second
)

// transient matches errors after which the same operation can succeed. The
// clients of werf and Buildah do not keep the status of a response in a type, so
// the text decides. A registry says that a blob is unknown when two uploads of
// that blob get in each other's way. werf's client sends a body again without
// rewinding it after a Retry-After, which Go's client refuses.
var transient = regexp.MustCompile(`(?i)\b(408|429|500|502|503|504)\b|too ?many ?requests|service unavailable|` +
	`blob unknown|MANIFEST_BLOB_UNKNOWN|BLOB_UPLOAD_(INVALID|UNKNOWN)|blob upload (invalid|unknown)|` +
	`connection reset|broken pipe|server closed idle connection|transport connection broken|unexpected EOF|: EOF|i/o timeout|TLS handshake timeout|` +
	`ContentLength=\d+ with Body length 0|read/write on closed pipe`)

// IsTransient reports whether err, of an operation on a registry, may not occur
// when the operation is repeated.
func IsTransient(err error) bool {
	return err != nil && !errors.Is(err, context.Canceled) && transient.MatchString(err.Error())
}

// Persist does an operation on a registry, again while it fails for a moment.
// The clients of werf and Buildah give up at the first 503 or reset of some
// requests; operations on images can be repeated as a whole, because a registry
// keeps the blobs it has.
func Persist(ctx context.Context, do func() error) error {
	wait := persistWait
	for attempt := 1; ; attempt++ {
		err := do()
		if attempt == persistAttempts || !IsTransient(err) {
			return err
		}
		logboek.Context(ctx).Warn().LogF("%s\nAgain in %s\n", err, wait)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return err
		}
		wait *= 2
	}
}
