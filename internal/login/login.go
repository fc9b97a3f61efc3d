// Package login checks logins with a registry and stores them where Docker, werf
// and modship look for them.
package login

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/docker/cli/cli/config"
	"github.com/docker/cli/cli/config/types"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// Login is a user's login to a registry.
type Login struct {
	Registry string // host, with a port if it is not 443; a path below it is ignored
	Username string
	Password string
}

// ErrRefused says that the registry does not accept the login.
var ErrRefused = errors.New("the registry refused the login")

// ErrAddress says that the registry's address is not one.
var ErrAddress = errors.New("not the address of a registry")

// CheckOptions are the options of [Check].
type CheckOptions struct {
	Insecure  bool              // speak HTTP to a registry that does not offer TLS
	Transport http.RoundTripper // nil = [http.DefaultTransport]
}

// timeout bounds a check: ping, token exchange and the answer.
const timeout = 30 * time.Second

// Check asks the registry whether it accepts the login. The error is
// [ErrRefused] if it does not.
func Check(ctx context.Context, l Login, opts CheckOptions) error {
	registry, err := l.registry(opts.Insecure)
	if err != nil {
		return err
	}
	if opts.Transport == nil {
		opts.Transport = http.DefaultTransport
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	auth := &authn.Basic{Username: l.Username, Password: l.Password}
	authorized, err := transport.NewWithContext(ctx, registry, auth, opts.Transport, nil)
	if err != nil {
		return explain(l, err)
	}
	// A registry with basic authentication has not seen the login yet.
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, registry.Scheme()+"://"+registry.RegistryStr()+"/v2/", nil)
	if err != nil {
		return err
	}
	response, err := authorized.RoundTrip(request)
	if err != nil {
		return explain(l, err)
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<20))
	return explain(l, transport.CheckError(response, http.StatusOK))
}

// registry parses the address of the registry.
func (l Login) registry(insecure bool) (name.Registry, error) {
	host, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(l.Registry, "https://"), "http://"), "/")
	var opts []name.Option
	if insecure {
		opts = append(opts, name.Insecure)
	}
	registry, err := name.NewRegistry(host, opts...)
	if err != nil || host == "" {
		return name.Registry{}, fmt.Errorf("%q: %w", l.Registry, ErrAddress)
	}
	return registry, nil
}

func explain(l Login, err error) error {
	var refused *transport.Error
	if errors.As(err, &refused) && (refused.StatusCode == http.StatusUnauthorized || refused.StatusCode == http.StatusForbidden) {
		return fmt.Errorf("log in to %s as %s: %w", l.Registry, l.Username, ErrRefused)
	}
	if err != nil {
		return fmt.Errorf("log in to %s: %w", l.Registry, err)
	}
	return nil
}

// Store keeps the login in Docker's configuration in dir, or in the credential
// store that it names. It returns what keeps it.
func Store(l Login, dir string) (where string, err error) {
	registry, err := l.registry(false)
	if err != nil {
		return "", err
	}
	file, err := config.Load(dir)
	if err != nil {
		return "", fmt.Errorf("read Docker's configuration: %w", err)
	}
	key := registry.RegistryStr()
	if key == name.DefaultRegistry {
		key = authn.DefaultAuthKey // Docker's own name for Docker Hub
	}
	made := types.AuthConfig{Username: l.Username, Password: l.Password, ServerAddress: key}
	if err := file.GetCredentialsStore(key).Store(made); err != nil {
		return "", fmt.Errorf("store the login: %w", err)
	}
	if helper := file.CredentialHelpers[key]; helper != "" {
		return "docker-credential-" + helper, nil
	}
	if file.CredentialsStore != "" {
		return "docker-credential-" + file.CredentialsStore, nil
	}
	return file.Filename, nil
}
