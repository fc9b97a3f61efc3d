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

// retryWait tells whether to send the request again, and when.
func retryWait(request *http.Request, response *http.Response, err error, attempt int) (time.Duration, bool) {
	ctx := request.Context()
	replayable := request.Body == nil || request.Body == http.NoBody || request.GetBody != nil
	if attempt+1 >= attempts || !replayable || ctx.Err() != nil || ctx.Value(onceKey{}) != nil {
		return 0, false
	}
	if err != nil {
		wait := backoff(attempt)
		return wait, isPassing(err) && isInTime(ctx, wait)
	}
	if !isPassingStatus(response.StatusCode) {
		return 0, false
	}
	wait, ok := retryAfter(response.Header.Get("Retry-After"), time.Now())
	if !ok {
		wait = backoff(attempt)
	}
	return wait, isInTime(ctx, wait)
}

// isInTime tells whether the context allows another attempt after the wait.
// Where it does not, the answer at hand says more than its end.
func isInTime(ctx context.Context, wait time.Duration) bool {
	deadline, limited := ctx.Deadline()
	return !limited || time.Until(deadline) > wait
}

// isPassingStatus tells the statuses after which the same request can succeed.
func isPassingStatus(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// isPassing tells errors of a moment from errors of a setting.
func isPassing(err error) bool {
	var (
		record    tls.RecordHeaderError
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		invalid   x509.CertificateInvalidError
		verify    *tls.CertificateVerificationError
		dns       *net.DNSError
	)
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, errPlainHTTP), errors.Is(err, http.ErrSchemeMismatch),
		errors.As(err, &record), errors.As(err, &authority), errors.As(err, &hostname),
		errors.As(err, &invalid), errors.As(err, &verify):
		return false
	case errors.As(err, &dns):
		return !dns.IsNotFound
	}
	return true
}
