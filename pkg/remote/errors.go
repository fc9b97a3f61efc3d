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

	"github.com/modship/modship/internal/exit"
)

// Error is an answer of a registry that is not the hoped for one.
type Error struct {
	// Status is the HTTP status code.
	Status int
	text   string
	// missing holds the digests of a MANIFEST_BLOB_UNKNOWN answer, nil for any
	// other answer.
	missing *[]string
}

// Error tells what was being done, where, and what the registry answered.
func (e *Error) Error() string { return e.text }

// statusOf returns the HTTP status of the registry's answer in err, or 0.
func StatusOf(err error) int {
	var e *Error
	if errors.As(err, &e) {
		return e.Status
	}
	return 0
}

// answer turns an unwanted answer into an error with an exit code and a hint.
func (h *host) answer(doing string, response *http.Response) error {
	if response.StatusCode == http.StatusOK && isPage(response.Request, response) {
		return exit.With(exit.Failed, fmt.Errorf("%s: %s answered with a web page, which no registry does", doing, h.registry.RegistryStr()),
			"check that the address is a registry's and that no proxy answers for it")
	}
	var status *ggcr.Error
	if err := ggcr.CheckError(response); !errors.As(err, &status) {
		return h.explain(doing, err)
	}
	return h.explainStatus(doing, status)
}

// isPage recognises HTML where a list or a manifest was asked for, which are
// JSON. What is not read into memory is a blob and may be anything. The header is
// not gone by: Quay calls everything HTML.
func isPage(request *http.Request, response *http.Response) bool {
	if request.Method != http.MethodGet || request.Context().Value(streamKey{}) != nil {
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

// explain turns an error of the wire into one with an exit code and a hint.
func (h *host) explain(doing string, err error) error {
	var (
		status *ggcr.Error
		coded  *exit.Error
		verify *tls.CertificateVerificationError
	)
	where := h.registry.RegistryStr()
	switch {
	case errors.As(err, &coded):
		return err
	case errors.As(err, &verify):
		return exit.With(exit.Failed, fmt.Errorf("%s: the certificate of %s is not trusted: %w", doing, where, verify.Err),
			"add its authority to the system's, or set WERF_SKIP_TLS_VERIFY_REGISTRY=1")
	case errors.As(err, &status):
		return h.explainStatus(doing, status)
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%s: %w", doing, context.Canceled)
	case errors.Is(err, errPlainHTTP), errors.Is(err, http.ErrSchemeMismatch):
		return exit.With(exit.Failed, fmt.Errorf("%s: the registry %s does not speak HTTPS", doing, where),
			"allow plain HTTP with WERF_INSECURE_REGISTRY=1 if that is intended")
	}
	unreachable := fmt.Sprintf("the registry %s is unreachable", where)
	if doing != reaching+where {
		unreachable = doing + ": " + unreachable
	}
	return exit.With(exit.Failed, fmt.Errorf("%s: %w", unreachable, h.withoutURL(err)),
		"check the address, the network and that the registry runs")
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

func (h *host) explainStatus(doing string, status *ggcr.Error) error {
	text := h.scrub(diagnostics(status))
	failure := &Error{Status: status.StatusCode, missing: unknownBlobs(status),
		text: fmt.Sprintf("%s: the registry answered %d %s%s", doing, status.StatusCode, http.StatusText(status.StatusCode), text)}
	code, hint := exit.Failed, ""
	switch {
	case status.StatusCode == http.StatusUnauthorized && h.session.anonymous(h):
		code, hint = exit.Refused, h.loginHint()
	case status.StatusCode == http.StatusUnauthorized:
		code, hint = exit.Refused, "check the login: it was refused, or does not allow this; "+h.loginOrigin()
	case status.StatusCode == http.StatusForbidden:
		code, hint = exit.Refused, "the login has no permission for this: ask for it or use another one"
	case status.StatusCode == http.StatusMethodNotAllowed:
		code, hint = exit.Refused, "the registry does not allow this operation: it is read-only or has it switched off"
	case isFull(status):
		hint = "the registry has no space left: free some or enlarge its storage"
	case status.StatusCode == http.StatusTooManyRequests:
		hint = "the registry limits requests: run again later, it resumes where it stopped"
	case status.StatusCode >= http.StatusInternalServerError:
		hint = "the registry has a problem of its own: look at its log; running again resumes"
	}
	return exit.With(code, failure, hint)
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

// ErrConflict is wrapped by errors of writers that got in each other's way.
var ErrConflict = errors.New("something else wrote at the same time")
