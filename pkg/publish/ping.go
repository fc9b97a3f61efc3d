package publish

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"sync"

	ggcr "github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// ping finds the login and asks the registry how it wants to be given it.
func (h *host) ping(ctx context.Context) error {
	login, err := h.session.authenticator(ctx, h.registry)
	if err != nil {
		return err
	}
	tries := &pingTries{next: h.session.wire, errs: map[string]error{}}
	challenge, err := ggcr.Ping(ctx, h.registry, tries)
	if err != nil {
		return h.explain("reach the registry "+h.registry.RegistryStr(), tries.reason(err))
	}
	h.login, h.challenge = login, challenge
	return nil
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
