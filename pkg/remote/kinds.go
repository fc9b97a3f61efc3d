package remote

import "errors"

// The kinds of errors that a client returns, besides [*Error] for an HTTP
// status and [context.Canceled]. Compare with [errors.Is].
var (
	// ErrReference is the kind of references and repositories that cannot be
	// read as such.
	ErrReference = errors.New("invalid reference")
	// ErrLoginInReference is the kind of references that hold a user name or
	// password. The error does not repeat them.
	ErrLoginInReference = errors.New("login in a reference")
	// ErrLoginWithoutHost means that [ClientOptions] have a login and no Host.
	ErrLoginWithoutHost = errors.New("login without a registry")
	// ErrNotFound means that a reference does not exist.
	ErrNotFound = errors.New("not found")
	// ErrUnreachable means that no HTTP response came from the registry.
	ErrUnreachable = errors.New("registry unreachable")
	// ErrUntrusted means that the certificate of the registry is not trusted.
	ErrUntrusted = errors.New("certificate not trusted")
	// ErrPlainHTTP means that the registry speaks HTTP where HTTPS is required.
	ErrPlainHTTP = errors.New("plain HTTP")
	// ErrExposed means that a login would be sent over plain HTTP.
	ErrExposed = errors.New("login over plain HTTP")
	// ErrDowngrade means that a registry which is reached over HTTPS names
	// addresses with http://.
	ErrDowngrade = errors.New("http:// address behind HTTPS")
	// ErrNotRegistry means that the address does not behave like a registry: it
	// returned a web page, or its token server something that is not a token.
	ErrNotRegistry = errors.New("not a registry")
	// ErrTokenServer means that the address of the token server is not accepted.
	ErrTokenServer = errors.New("token server not accepted")
	// ErrCredentials means that the Docker configuration or a credential helper
	// could not be read. [*HelperError] says more about a helper.
	ErrCredentials = errors.New("credentials unreadable")
	// ErrCorrupt means that content of the registry is not what its digest or
	// media type says.
	ErrCorrupt = errors.New("corrupt content")
	// ErrAltered means that the registry stored other bytes than it was sent.
	ErrAltered = errors.New("altered content")
	// ErrMissingBlobs means that the registry refused a manifest because it does
	// not have all that the manifest refers to.
	ErrMissingBlobs = errors.New("blobs are missing")
	// ErrConflict means that another writer got in the way.
	ErrConflict = errors.New("something else wrote at the same time")
	// ErrNotAnIndex means that the fallback tag for referrers has another use.
	ErrNotAnIndex = errors.New("the tag is on something else than an index of referrers")
	// ErrNotListed means that the registry does not list a referrer that was
	// written. Copying again lists it under the fallback tag.
	ErrNotListed = errors.New("referrer not listed")
)

// HelperError means that a credential helper did not give a login. It is of
// kind [ErrCredentials]. It never holds what the helper printed.
type HelperError struct {
	Registry string // host, or host:port
	text     string
}

// Error says which helper failed, and how.
func (e *HelperError) Error() string { return e.text }

// Unwrap returns [ErrCredentials].
func (e *HelperError) Unwrap() error { return ErrCredentials }

// ProxyError means that a proxy (HTTPS_PROXY) refused to connect to the
// registry. The registry was not reached.
type ProxyError struct {
	Proxy  string // host:port
	Status int    // HTTP status code

	text string
}

// Error names the proxy and what it answered.
func (e *ProxyError) Error() string { return e.text }
