package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// maxBuffered limits answers that are kept in memory: everything but blobs.
// Manifests are at most 4 MiB in every registry.
const maxBuffered = 16 << 20

// Requests that carry no blob are answered at once or not at all: a registry
// that is silent for so long, so often, is given up.
const (
	smallTimeout = 30 * time.Second
	maxStalls    = 3
)

// errPlainHTTP is returned for a plain HTTP request to a host that was not
// declared insecure: a login would travel in the clear.
var errPlainHTTP = errors.New("the registry speaks plain HTTP")

// stalledError ends a request on which nothing moved for too long.
type stalledError struct{ after time.Duration }

func (e *stalledError) Error() string { return fmt.Sprintf("no answer within %s", e.after) }

func isStalled(err error) bool {
	var stalled *stalledError
	return errors.As(err, &stalled)
}

// Keys by which a request tells the transport how it wants to be treated.
type (
	streamKey struct{} // the body of the answer is read by the caller as it comes
	onceKey   struct{} // the request is not sent again by the transport
	toldKey   struct{} // who is told of retries in place of everybody
)

// transport sends requests: a limited number at a time, each watched for
// stalling, again after failures that pass. It knows nothing of logins.
type transport struct {
	next      http.RoundTripper
	slots     chan struct{}
	timeout   time.Duration
	agent     string
	allowHTTP func(host string) bool
	sleep     func(context.Context, time.Duration) error
	logf      func(format string, args ...any)
}

var _ http.RoundTripper = (*transport)(nil)

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.URL.Scheme == "http" && !t.allowHTTP(request.URL.Hostname()) {
		return nil, errPlainHTTP
	}
	stalls := 0
	for attempt := 0; ; attempt++ {
		response, err := t.once(request)
		wait, again := retryWait(request, response, err, attempt)
		if isStalled(err) {
			stalls++
		}
		if !again || stalls >= maxStalls && !isBulk(request) {
			return response, err
		}
		reason := fmt.Sprint(err)
		if response != nil {
			reason = response.Status
			response.Body.Close()
		}
		t.tell(request, attempt, reason, wait)
		if err := t.sleep(request.Context(), wait); err != nil {
			return nil, err
		}
	}
}

// tell logs that the request is going to be sent again.
func (t *transport) tell(request *http.Request, attempt int, reason string, wait time.Duration) {
	const format = "%s %s: %s, again in %s"
	args := []any{request.Method, request.URL.Path, reason, wait.Round(time.Millisecond)}
	if told, ok := request.Context().Value(toldKey{}).(*toldOnce); ok {
		told.log(attempt, format, args...)
		return
	}
	t.logf(format, args...)
}

// once sends the request a single time. Unless the caller streams it, the
// answer is complete when it is returned: a body that is cut off is a failed
// attempt, not the caller's problem.
func (t *transport) once(original *http.Request) (*http.Response, error) {
	ctx := original.Context()
	// The body may be the answer to another request, which needs a slot of its
	// own: opened with this one's slot in hand, uploads that hold all slots
	// would wait for ever.
	body, err := openBody(original)
	if err != nil {
		return nil, err
	}
	select {
	case t.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), body.Close())
	}
	defer func() { <-t.slots }()

	watch := newWatchdog(ctx, t.patience(original))
	request := original.Clone(watch.ctx)
	request.Header.Set("User-Agent", t.agent)
	request.Body = body
	if body != http.NoBody {
		request.Body = &watchedBody{ReadCloser: request.Body, watch: watch}
	}
	response, err := t.next.RoundTrip(request)
	if err != nil {
		return nil, watch.explain(err)
	}
	response.Request = original
	response.Body = &watchedBody{ReadCloser: response.Body, watch: watch, last: true}
	if original.Context().Value(streamKey{}) != nil && response.StatusCode < 300 {
		return response, nil
	}
	if err := buffer(response); err != nil {
		return nil, watch.explain(err)
	}
	return response, nil
}

// patience is how long nothing may move on a request.
func (t *transport) patience(request *http.Request) time.Duration {
	if isBulk(request) {
		return t.timeout
	}
	return min(t.timeout, smallTimeout)
}

// isBulk tells requests that carry a blob, in either direction.
func isBulk(request *http.Request) bool {
	ctx := request.Context()
	return ctx.Value(streamKey{}) != nil || ctx.Value(onceKey{}) != nil
}

// openBody opens what a request sends, http.NoBody for nothing.
func openBody(request *http.Request) (io.ReadCloser, error) {
	switch {
	case request.GetBody != nil:
		return request.GetBody()
	case request.Body != nil:
		return request.Body, nil
	default:
		return http.NoBody, nil
	}
}

// buffer reads the body into memory and closes the connection's side of it.
func buffer(response *http.Response) error {
	content, err := io.ReadAll(io.LimitReader(response.Body, maxBuffered+1))
	if closeErr := response.Body.Close(); err == nil {
		err = closeErr
	}
	if err == nil && len(content) > maxBuffered {
		err = fmt.Errorf("the answer is larger than %d MiB", maxBuffered>>20)
	}
	response.Body = io.NopCloser(bytes.NewReader(content))
	return err
}
