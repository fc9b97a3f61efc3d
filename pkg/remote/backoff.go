package remote

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// attempts is how often a request is sent at most.
	attempts = 5
	// firstDelay is the mean wait before the second attempt; it doubles.
	firstDelay = 250 * time.Millisecond
	// maxRetryAfter caps what a registry may ask us to wait, as
	// containers/image does.
	maxRetryAfter = time.Minute
)

// backoff is the wait before the attempt after the given one, counted from
// zero, spread by half around its mean so that parallel clients do not come
// back together.
func backoff(attempt int) time.Duration {
	mean := firstDelay << attempt
	return mean/2 + rand.N(mean) //nolint:gosec // jitter is no secret
}

// retryAfter reads a Retry-After header (RFC 9110, 10.2.3: seconds or a date).
// The result is between zero and [maxRetryAfter]; ok is false for anything
// else than these two forms.
func retryAfter(header string, now time.Time) (wait time.Duration, ok bool) {
	header = strings.TrimSpace(header)
	if header == "" {
		return 0, false
	}
	if strings.Trim(header, "0123456789") == "" {
		seconds, err := strconv.Atoi(header)
		if err != nil || seconds > int(maxRetryAfter/time.Second) { // err: more digits than an int holds
			return maxRetryAfter, true
		}
		return time.Duration(seconds) * time.Second, true
	}
	date, err := http.ParseTime(header)
	if err != nil {
		return 0, false
	}
	return min(max(date.Sub(now), 0), maxRetryAfter), true
}

// sleep waits, or returns the context's error when that comes first.
func sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
