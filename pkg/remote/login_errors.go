package remote

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/docker/cli/cli/config"
	"github.com/google/go-containerregistry/pkg/authn"
	ggcr "github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/modship/modship/pkg/internal/errkind"
)

// refusedLogin is the error for a wrong user name or password, or for none
// where the token server asks for them.
func (h *host) refusedLogin() error {
	where := h.registry.RegistryStr()
	return &Error{
		Registry: where, Status: http.StatusUnauthorized, Login: h.loginUsed(),
		text: fmt.Sprintf("log in to %s: the registry refused the login", where),
	}
}

// loginUsed says where the login for this registry came from.
func (h *host) loginUsed() Login {
	login := Login{Origin: FromKeychain}
	s := h.session
	if s.opts.hasLogin() {
		login.GivenFor = s.opts.loginHost()
	}
	switch {
	case h.login == nil, h.login == authn.Anonymous:
		login.Origin = Anonymous
	case h.credentials.Origin != "":
		login.Origin = LoginOrigin(h.credentials.Origin)
	case s.opts.isLoginFor(h.registry.RegistryStr()):
		login.Origin = FromOptions
	}
	return login
}

// isRefusal tells a token server's answer to a login that is wrong or may not
// do what was asked for.
func isRefusal(err error) bool {
	var status *ggcr.Error
	return errors.As(err, &status) && (status.StatusCode == http.StatusUnauthorized || status.StatusCode == http.StatusForbidden)
}

// explainLogin turns an error of the token server into one that does not quote
// its answer: that may hold a token.
func (h *host) explainLogin(err error) error {
	var (
		status  *ggcr.Error
		request *url.Error
	)
	doing := "log in to " + h.registry.RegistryStr()
	switch {
	case isRefusal(err):
		return h.refusedLogin()
	case errors.As(err, &status), errors.As(err, &request), errors.Is(err, context.Canceled):
		return h.explain(doing, err)
	case strings.Contains(err.Error(), "realm"): // ggcr refuses a token server at a private IP address
		return errkind.New(ErrTokenServer, "%s: the token server it names is not accepted: %s", doing, h.scrub(err.Error()))
	}
	return errkind.New(ErrNotRegistry, "%s: the answer of the token server is not understood", doing)
}

// explainKeychain turns an error of reading the Docker configuration into one
// that does not quote what a credential helper printed: that may be the login.
func (h *host) explainKeychain(err error) error {
	var stalled *stalledError
	where := h.registry.RegistryStr()
	doing, helper := "find the login for "+where, h.helper()
	// The library's error is "…err: REASON, out: `WHAT IT PRINTED`".
	reason, _, _ := strings.Cut(err.Error(), "out: `")
	reason, failed := strings.CutPrefix(strings.TrimSuffix(reason, ", "), "error getting credentials - err: ")
	switch {
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%s: %w", doing, context.Canceled)
	case errors.As(err, &stalled):
		return helperError(where, "%s: the credential helper %sgave no answer within %s", doing, helper, stalled.after)
	case failed:
		return helperError(where, "%s: the credential helper %sfailed: %s", doing, helper, reason)
	case helper != "":
		return helperError(where, "%s: the answer of the credential helper %sis not understood", doing, helper)
	}
	return errkind.New(ErrCredentials, "%s: %s", doing, reason)
}

func helperError(registry, format string, args ...any) error {
	return &HelperError{Registry: registry, text: fmt.Sprintf(format, args...)}
}

// helper is the name of the credential helper for the registry with a blank
// after it, or empty where none is known.
func (h *host) helper() string {
	dir := h.session.opts.DockerConfig
	if dir == "" {
		dir = os.Getenv(config.EnvOverrideConfigDir)
	}
	file, err := config.Load(dir)
	if err != nil {
		return ""
	}
	suffix, ok := file.CredentialHelpers[configKey(h.registry.RegistryStr())]
	if !ok {
		suffix = file.CredentialsStore
	}
	if suffix == "" {
		return ""
	}
	return "docker-credential-" + suffix + " "
}
