package localregistry

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"
)

// probeTimeout bounds the question "is that a registry?": a server on this machine
// answers immediately or not at all.
const probeTimeout = 2 * time.Second

// InUseError says that the address is taken, and by what.
type InUseError struct {
	Addr string
	// Registry reports that the server at the address answers /v2/ like a
	// container registry, so it can be used in place of a new one.
	Registry bool
}

func (e *InUseError) Error() string {
	if e.Registry {
		return fmt.Sprintf("address %s is in use: a registry is already served there", e.Addr)
	}
	return fmt.Sprintf("address %s is in use by something that is not a registry", e.Addr)
}

// checkLoopback refuses every address that another machine could reach: the
// registry has no accounts by default.
func checkLoopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("registry address %q: expected host:port such as 127.0.0.1:5000", addr)
	}
	if host == "localhost" {
		return nil
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("registry address %q: the embedded registry serves loopback addresses only, such as 127.0.0.1:5000", addr)
}

func listen(ctx context.Context, addr string, beside bool) (net.Listener, error) {
	var config net.ListenConfig
	if beside {
		config.Control = reusePort
	}
	listener, err := config.Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, &InUseError{Addr: addr, Registry: Probe(ctx, addr)}
	}
	if err != nil {
		return nil, fmt.Errorf("listen for the embedded registry: %w", err)
	}
	return listener, nil
}

// Probe reports whether a container registry answers /v2/ at addr on this
// machine, with or without TLS. A request for a login counts as an answer.
func Probe(ctx context.Context, addr string) bool {
	_, found := probe(ctx, addr)
	return found
}

// probe is like Probe and also returns the identity of an embedded registry's data.
func probe(ctx context.Context, addr string) (identity string, found bool) {
	if checkLoopback(addr) != nil {
		return "", false
	}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	if identity, found = ask(ctx, "http://"+addr); !found {
		identity, found = ask(ctx, "https://"+addr)
	}
	return identity, found
}

func ask(ctx context.Context, base string) (identity string, found bool) {
	// The certificate is not checked: no secret is sent and nothing is trusted.
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true} //nolint:gosec // see above
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/v2/", nil)
	if err != nil {
		return "", false
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return "", false
	}
	defer response.Body.Close()
	// The header is in the distribution API since its first day; a web server
	// with a catch-all page does not send it.
	found = response.Header.Get("Docker-Distribution-Api-Version") == "registry/2.0" &&
		(response.StatusCode == http.StatusOK || response.StatusCode == http.StatusUnauthorized)
	return response.Header.Get(identityHeader), found
}
