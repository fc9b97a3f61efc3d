package remote

import (
	"context"
	"errors"
	"io"
	"time"
)

// watchdog cancels a request on which no byte has moved for a while. A limit
// on the whole request would forbid large blobs on slow lines.
type watchdog struct {
	ctx     context.Context //nolint:containedctx // ends with the body that it watches
	cancel  context.CancelCauseFunc
	timer   *time.Timer
	timeout time.Duration
}

func newWatchdog(parent context.Context, timeout time.Duration) *watchdog {
	ctx, cancel := context.WithCancelCause(parent)
	w := &watchdog{ctx: ctx, cancel: cancel, timeout: timeout}
	w.timer = time.AfterFunc(timeout, func() { cancel(&stalledError{after: timeout}) })
	return w
}

func (w *watchdog) moved() { w.timer.Reset(w.timeout) }

func (w *watchdog) stop() {
	w.timer.Stop()
	w.cancel(nil)
}

// explain gives the reason for which the request was ended and stops watching.
func (w *watchdog) explain(err error) error {
	if stalled, ok := errors.AsType[*stalledError](context.Cause(w.ctx)); ok {
		err = stalled
	}
	w.stop()
	return err
}

// watchedBody reports progress to the watchdog; the answer's body is the last
// thing to be watched.
type watchedBody struct {
	io.ReadCloser
	watch *watchdog
	last  bool
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.watch.moved()
	}
	var stalled *stalledError
	if err != nil && err != io.EOF && errors.As(context.Cause(b.watch.ctx), &stalled) {
		err = stalled
	}
	return n, err
}

func (b *watchedBody) Close() error {
	err := b.ReadCloser.Close()
	if b.last {
		b.watch.stop()
	}
	return err
}
