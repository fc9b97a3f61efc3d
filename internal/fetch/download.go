package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

const (
	attempts = 3
	// maxSize is far above what base_images.yml (100 kB) and charts have.
	maxSize = 64 << 20
	// attemptTimeout bounds one attempt, the content included.
	attemptTimeout = 2 * time.Minute
	// firstPause is how long to wait before the second attempt; then twice as long.
	firstPause = time.Second
)

// download returns the content at address. shown stands for the address in
// errors: the address itself may hold a secret.
func (f *fetcher) download(ctx context.Context, address, shown string) ([]byte, error) {
	var err error
	for attempt := range attempts {
		if attempt > 0 {
			select {
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			case <-time.After(f.pause << (attempt - 1)):
			}
		}
		var content []byte
		if content, err = f.get(ctx, address, shown); err == nil || !isTransient(err) {
			return content, err
		}
	}
	return nil, err
}

func (f *fetcher) get(ctx context.Context, address, shown string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: not a valid address", shown)
	}
	response, err := f.client.Do(request)
	if err != nil {
		return nil, &networkError{shown: shown, err: withoutAddress(err)}
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, &StatusError{URL: shown, Status: response.StatusCode}
	}
	content, err := io.ReadAll(io.LimitReader(response.Body, maxSize+1))
	switch {
	case err != nil:
		return nil, &networkError{shown: shown, err: err}
	case len(content) > maxSize:
		return nil, fmt.Errorf("%s has more than %d MiB", shown, maxSize>>20)
	}
	return content, nil
}

// networkError reports that a server was not reached, or not to the end.
type networkError struct {
	shown string
	err   error
}

func (e *networkError) Error() string { return fmt.Sprintf("%s: %v", e.shown, e.err) }
func (e *networkError) Unwrap() error { return e.err }

// withoutAddress takes the address out of an error of the HTTP client.
func withoutAddress(err error) error {
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return failed.Err
	}
	return err
}

// isTransient reports whether err may succeed on retry.
func isTransient(err error) bool {
	if status, ok := errors.AsType[*StatusError](err); ok {
		return status.Status >= 500 || status.Status == http.StatusTooManyRequests
	}
	var network *networkError
	return errors.As(err, &network) && !errors.Is(err, context.Canceled)
}
