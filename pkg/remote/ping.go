package remote

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"sync"
	"time"

	ggcr "github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// How long a registry and its token server may take to let us in, all attempts
// and both schemes included, and after which part of it somebody is told. Both
// answer at once or not at all: what is slow in a registry comes later.
const (
	loginTimeout = 30 * time.Second
	loginNotice  = 5 * time.Second
)

// ping finds the login and asks the registry how it wants to be given it.
func (h *host) ping(ctx context.Context) error {
	login, err := h.authenticator(ctx)
	if err != nil {
		return err
	}
	h.login = login
	ctx, opts, done := h.bounded(ctx, "the registry "+h.registry.RegistryStr())
	defer done()
	tries := &pingTries{next: sender{h.session.wire, opts}, errs: map[string]error{}}
	challenge, err := ggcr.Ping(ctx, h.registry, tries)
	if err != nil {
		return h.explain(reaching+h.registry.RegistryStr(), tries.reason(err))
	}
	h.challenge = challenge
	return nil
}

// reaching is what a ping is doing.
const reaching = "reach the registry "

// bounded limits what is done with the context to the time of a login, and says
// what is waited for when it takes long. A retry is told once: HTTPS and HTTP
// are tried side by side.
func (h *host) bounded(ctx context.Context, what string) (context.Context, sendOptions, func()) {
	s := h.session
	limited, cancel := context.WithTimeoutCause(ctx, s.opts.LoginTimeout, &stalledError{after: s.opts.LoginTimeout})
	notice := time.AfterFunc(min(loginNotice, s.opts.LoginTimeout/2), func() {
		s.opts.Log("waiting for %s to answer, up to %s", what, s.opts.LoginTimeout)
	})
	told := &toldOnce{logf: s.opts.Log, attempts: map[int]bool{}}
	return limited, sendOptions{told: told}, func() {
		notice.Stop()
		cancel()
	}
}

// toldOnce logs the first retry of each number.
type toldOnce struct {
	logf     func(format string, args ...any)
	mu       sync.Mutex
	attempts map[int]bool
}

func (t *toldOnce) log(attempt int, format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.attempts[attempt] {
		t.attempts[attempt] = true
		t.logf(format, args...)
	}
}

// pingTries remembers why HTTPS and HTTP failed: where both are allowed ggcr
// tries both and returns the two errors as one.
type pingTries struct {
	next http.RoundTripper
	mu   sync.Mutex
	errs map[string]error // by scheme
}

// RoundTrip implements http.RoundTripper.
func (p *pingTries) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := p.next.RoundTrip(request)
	if err != nil {
		p.mu.Lock()
		p.errs[request.URL.Scheme] = err
		p.mu.Unlock()
	}
	return response, err
}

// reason picks the error that says more: where there is no TLS that of plain
// HTTP, and where there is, what was wrong with it.
func (p *pingTries) reason(err error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	secure, plain := p.errs["https"], p.errs["http"]
	var (
		verify *tls.CertificateVerificationError
		record tls.RecordHeaderError
	)
	switch {
	case errors.As(secure, &verify):
		return secure
	case plain != nil && (errors.Is(secure, http.ErrSchemeMismatch) || errors.As(secure, &record)):
		return plain
	case secure != nil && plain != nil:
		return secure
	}
	return err
}
