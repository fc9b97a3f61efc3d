package remote

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	ggcr "github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/modship/modship/pkg/internal/errkind"
)

// Error is an unexpected HTTP response from a registry.
type Error struct {
	// Registry is the host, or host:port, that responded.
	Registry string
	// Status is the HTTP status code.
	Status int
	// Codes are the error codes of the distribution specification in the
	// response, such as MANIFEST_UNKNOWN.
	Codes []string
	// Full reports whether the registry has no space left.
	Full bool
	// Login is the login that the request was sent with.
	Login Login

	text string
	// missing holds the digests of a MANIFEST_BLOB_UNKNOWN response, nil for any
	// other response.
	missing *[]string
}

// Login says where the login of a request came from.
type Login struct {
	// Origin is the place the login was found in.
	Origin LoginOrigin
	// GivenFor is the registry that the login of [ClientOptions] is for; empty
	// if the options have none.
	GivenFor string
}

// LoginOrigin is the place a login was found in: one of those below, or what a
// [Keychain] calls it.
type LoginOrigin string

// The places a login can be found in.
const (
	Anonymous    LoginOrigin = ""        // no login was found
	FromOptions  LoginOrigin = "options" // Username and Password of the options
	FromKeychain LoginOrigin = "docker"  // Docker's configuration
)

// Error says what was being done, where, and what the registry responded.
func (e *Error) Error() string { return e.text }

// StatusOf returns the HTTP status of the [*Error] in err, or 0.
func StatusOf(err error) int {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Status
	}
	return 0
}

// answer turns an unwanted response into an error.
func (h *host) answer(c call, response *http.Response) error {
	doing := c.doing
	if response.StatusCode == http.StatusOK && !c.send.stream && isPage(response.Request, response) {
		return errkind.New(ErrNotRegistry, "%s: %s answered with a web page, which no registry does", doing, h.registry.RegistryStr())
	}
	var status *ggcr.Error
	if err := ggcr.CheckError(response); !errors.As(err, &status) {
		return h.explain(doing, err)
	}
	return h.explainStatus(doing, status)
}

// isPage reports whether the registry returned HTML instead of JSON. It sniffs
// the body because Quay labels every response text/html. It is not for blobs,
// which may be anything.
func isPage(request *http.Request, response *http.Response) bool {
	if request.Method != http.MethodGet {
		return false
	}
	reader := bufio.NewReader(response.Body)
	start, _ := reader.Peek(64)
	response.Body = peeked{reader, response.Body}
	return bytes.HasPrefix(bytes.TrimSpace(start), []byte("<"))
}

// peeked is a body of which the beginning was looked at.
type peeked struct {
	io.Reader
	io.Closer
}

// explain says of an error without a response what was being done, where.
func (h *host) explain(doing string, err error) error {
	var (
		status *ggcr.Error
		verify *tls.CertificateVerificationError
		proxy  *ProxyError
	)
	where := h.registry.RegistryStr()
	switch {
	case isExplained(err):
		return h.withoutURL(err)
	case errors.As(err, &proxy):
		return h.refusedByProxy(doing, proxy.Proxy, proxy.Status)
	case errors.As(err, &verify):
		return errkind.New(ErrUntrusted, "%s: the certificate of %s is not trusted: %w", doing, where, verify.Err)
	case errors.As(err, &status):
		return h.explainStatus(doing, status)
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%s: %w", doing, context.Canceled)
	case errors.Is(err, errPlainHTTP) && h.challenge != nil && !h.challenge.Insecure:
		return errkind.New(ErrDowngrade, "%s: the registry %s is reached over HTTPS and names an address with http://", doing, where)
	case (errors.Is(err, errPlainHTTP) || errors.Is(err, http.ErrSchemeMismatch)) && h.loginUsed().Origin != Anonymous:
		return errkind.New(ErrExposed, "%s: the registry %s does not speak HTTPS, and the login would be sent unencrypted", doing, where)
	case errors.Is(err, errPlainHTTP), errors.Is(err, http.ErrSchemeMismatch):
		return errkind.New(ErrPlainHTTP, "%s: the registry %s does not speak HTTPS", doing, where)
	}
	unreachable := fmt.Sprintf("the registry %s is unreachable", where)
	if doing != reaching+where {
		unreachable = doing + ": " + unreachable
	}
	return errkind.New(ErrUnreachable, "%s: %w", unreachable, h.withoutURL(err))
}

// isExplained reports whether err is one of this package already: the renewal
// of a token fails below the HTTP client.
func isExplained(err error) bool {
	var (
		own    *Error
		helper *HelperError
	)
	return errors.As(err, &own) || errors.As(err, &helper) || errkind.HasKind(err)
}

// withoutURL drops the request from err: upload addresses carry state, and the
// sentence already says what was being done. The kind of network error stays.
func (h *host) withoutURL(err error) error {
	var wrapped *url.Error
	for errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	var network net.Error
	if errors.As(err, &network) || h.scrub(err.Error()) == err.Error() {
		return err
	}
	return errors.New(h.scrub(err.Error()))
}

// refusedByProxy returns the error for what a proxy answered in place of the
// registry.
func (h *host) refusedByProxy(doing, proxy string, status int) error {
	return &ProxyError{Proxy: proxy, Status: status, text: fmt.Sprintf("%s: the proxy %s answered %d %s",
		doing, proxy, status, http.StatusText(status))}
}

func (h *host) explainStatus(doing string, status *ggcr.Error) error {
	if status.StatusCode == http.StatusProxyAuthRequired && status.Request != nil {
		if proxy, err := http.ProxyFromEnvironment(status.Request); err == nil && proxy != nil {
			return h.refusedByProxy(doing, proxy.Host, status.StatusCode)
		}
	}
	failure := &Error{
		Registry: h.registry.RegistryStr(), Status: status.StatusCode, Full: isFull(status), Login: h.loginUsed(),
		missing: unknownBlobs(status),
		text: fmt.Sprintf("%s: the registry answered %d %s%s", doing, status.StatusCode,
			http.StatusText(status.StatusCode), h.scrub(diagnostics(status))),
	}
	for _, d := range status.Errors {
		failure.Codes = append(failure.Codes, string(d.Code))
	}
	return failure
}

// diagnostics is what the registry says for itself, on one line.
func diagnostics(status *ggcr.Error) string {
	var texts []string
	for _, d := range status.Errors {
		texts = append(texts, strings.TrimSpace(fmt.Sprintf("%s %s", d.Code, d.Message)))
	}
	if len(texts) == 0 {
		return ""
	}
	return ": " + strings.Join(strings.Fields(strings.Join(texts, "; ")), " ")
}

// isFull recognises a full disk: 507, or the errno ENOSPC (28) that
// distribution's filesystem driver puts into the details of its 500.
func isFull(status *ggcr.Error) bool {
	if status.StatusCode == http.StatusInsufficientStorage {
		return true
	}
	for _, d := range status.Errors {
		detail, err := json.Marshal(d.Detail)
		if err == nil && (strings.Contains(string(detail), `"Err":28`) || strings.Contains(string(detail), "no space left")) {
			return true
		}
	}
	return false
}

// unknownBlobs reads the digests of MANIFEST_BLOB_UNKNOWN: distribution puts
// one into the detail of each entry. Nil means that this is another answer.
func unknownBlobs(status *ggcr.Error) *[]string {
	var digests []string
	seen := false
	for _, d := range status.Errors {
		if d.Code != ggcr.ManifestBlobUnknownErrorCode && d.Code != ggcr.BlobUnknownErrorCode {
			continue
		}
		seen = true
		switch detail := d.Detail.(type) {
		case string:
			digests = append(digests, detail)
		case map[string]any:
			if digest, ok := detail["digest"].(string); ok {
				digests = append(digests, digest)
			}
		}
	}
	if !seen {
		return nil
	}
	return &digests
}
