package remote

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"time"
)

// retryWait reports whether to send the request again, and after which wait.
func retryWait(request *http.Request, response *http.Response, err error, attempt int, opts sendOptions) (time.Duration, bool) {
	ctx := request.Context()
	replayable := request.Body == nil || request.Body == http.NoBody || request.GetBody != nil
	if attempt+1 >= attempts || !replayable || ctx.Err() != nil || opts.once {
		return 0, false
	}
	if err != nil {
		wait := backoff(attempt)
		return wait, isTransient(err) && isInTime(ctx, wait)
	}
	if !isTransientStatus(response.StatusCode) {
		return 0, false
	}
	wait, ok := retryAfter(response.Header.Get("Retry-After"), time.Now())
	if !ok {
		wait = backoff(attempt)
	}
	return wait, isInTime(ctx, wait)
}

// isInTime reports whether the context allows another attempt after the wait.
// Where it does not, the answer at hand says more than its end.
func isInTime(ctx context.Context, wait time.Duration) bool {
	deadline, limited := ctx.Deadline()
	return !limited || time.Until(deadline) > wait
}

// isTransientStatus reports whether the same request may succeed later.
func isTransientStatus(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// isTransient reports whether err may succeed on retry, as opposed to a
// configuration error.
func isTransient(err error) bool {
	var (
		record    tls.RecordHeaderError
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		invalid   x509.CertificateInvalidError
		verify    *tls.CertificateVerificationError
		dns       *net.DNSError
		proxy     *ProxyError
	)
	switch {
	case errors.As(err, &proxy):
		return isTransientStatus(proxy.Status)
	case errors.Is(err, context.Canceled), errors.Is(err, errPlainHTTP), errors.Is(err, http.ErrSchemeMismatch),
		errors.As(err, &record), errors.As(err, &authority), errors.As(err, &hostname),
		errors.As(err, &invalid), errors.As(err, &verify):
		return false
	case errors.As(err, &dns):
		return !dns.IsNotFound
	}
	return true
}
