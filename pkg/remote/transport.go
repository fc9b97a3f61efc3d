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

// sendOptions say how the transport treats a request.
type sendOptions struct {
	stream bool      // the caller reads the body of the response as it comes
	once   bool      // the transport does not send the request again
	told   *toldOnce // receives messages about retries in place of the log
}

// isBulk reports whether the request carries a blob, in either direction.
func (o sendOptions) isBulk() bool { return o.stream || o.once }

// sender is the transport with the options of a request.
type sender struct {
	*transport
	opts sendOptions
}

var _ http.RoundTripper = sender{}

// RoundTrip implements http.RoundTripper.
func (s sender) RoundTrip(request *http.Request) (*http.Response, error) {
	return s.send(request, s.opts)
}

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

// send sends the request, again after failures that pass.
func (t *transport) send(request *http.Request, opts sendOptions) (*http.Response, error) {
	if request.URL.Scheme == "http" && !t.allowHTTP(request.URL.Hostname()) {
		return nil, errPlainHTTP
	}
	stalls := 0
	for attempt := 0; ; attempt++ {
		response, err := t.once(request, opts)
		wait, again := retryWait(request, response, err, attempt, opts)
		if isStalled(err) {
			stalls++
		}
		if !again || stalls >= maxStalls && !opts.isBulk() {
			return response, err
		}
		reason := fmt.Sprint(err)
		if response != nil {
			reason = response.Status
			response.Body.Close()
		}
		t.tell(request, opts, attempt, reason, wait)
		if err := t.sleep(request.Context(), wait); err != nil {
			return nil, err
		}
	}
}

// tell logs that the request is going to be sent again.
func (t *transport) tell(request *http.Request, opts sendOptions, attempt int, reason string, wait time.Duration) {
	const format = "%s %s: %s, again in %s"
	args := []any{request.Method, request.URL.Path, reason, wait.Round(time.Millisecond)}
	if opts.told != nil {
		opts.told.log(attempt, format, args...)
		return
	}
	t.logf(format, args...)
}

// once sends the request a single time. Unless the caller streams it, the
// answer is complete when it is returned: a body that is cut off is a failed
// attempt, not the caller's problem.
func (t *transport) once(original *http.Request, opts sendOptions) (*http.Response, error) {
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

	watch := newWatchdog(ctx, t.patience(opts))
	request := original.Clone(watch.ctx) //nolint:contextcheck // it is derived from ctx
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
	if opts.stream && response.StatusCode < 300 {
		return response, nil
	}
	if err := buffer(response); err != nil {
		return nil, watch.explain(err)
	}
	return response, nil
}

// patience is how long nothing may move on a request.
func (t *transport) patience(opts sendOptions) time.Duration {
	if opts.isBulk() {
		return t.timeout
	}
	return min(t.timeout, smallTimeout)
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
