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

	"github.com/modship/modship/internal/exit"
)

// refusedLogin is the error for a wrong user name or password, or for none
// where the token server asks for them.
func (h *host) refusedLogin() error {
	hint := "check the user name and password; " + h.loginOrigin()
	if h.session.anonymous(h) {
		hint = h.loginHint()
	}
	err := &Error{Status: http.StatusUnauthorized,
		text: fmt.Sprintf("log in to %s: the registry refused the login", h.registry.RegistryStr())}
	return exit.With(exit.Refused, err, hint)
}

// loginHint tells how to give the login that is missing. One that is given for
// another registry is not used here.
func (h *host) loginHint() string {
	where := h.registry.RegistryStr()
	hint := fmt.Sprintf("log in with docker login %s or set MODULES_REGISTRY_LOGIN and MODULES_REGISTRY_PASSWORD, with MODULES_REGISTRY=%[1]s", where)
	if s := h.session; s.hasLogin() {
		hint = fmt.Sprintf("the login in MODULES_REGISTRY_LOGIN and MODULES_REGISTRY_PASSWORD is for %s only: log in with docker login %s, or set MODULES_REGISTRY=%[2]s if it is for that one",
			s.loginHost(), where)
	}
	return hint
}

// loginOrigin tells where the login that was used is from.
func (h *host) loginOrigin() string {
	if where := h.registry.RegistryStr(); !h.session.isLoginFor(where) {
		return "it is Docker's for " + where
	}
	return "it is the one in MODULES_REGISTRY_LOGIN and MODULES_REGISTRY_PASSWORD"
}

func (s *Client) anonymous(h *host) bool { return h.login == nil || h.login == authn.Anonymous }

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
		return exit.With(exit.Failed, fmt.Errorf("%s: the token server it names is not accepted: %s", doing, h.scrub(err.Error())),
			"the registry has to name its token server by a host name and over HTTPS")
	}
	return exit.With(exit.Failed, fmt.Errorf("%s: the answer of the token server is not understood", doing),
		"check that the address is a registry's and that no proxy answers for it")
}

// explainKeychain turns an error of reading the Docker configuration into one
// that does not quote what a credential helper printed: that may be the login.
func (h *host) explainKeychain(err error) error {
	var stalled *stalledError
	where := h.registry.RegistryStr()
	doing, helper := "find the login for "+where, h.helper()
	hint := fmt.Sprintf("check the helper: docker login %s uses it too", where)
	// The library's error is "…err: REASON, out: `WHAT IT PRINTED`".
	reason, _, _ := strings.Cut(err.Error(), "out: `")
	reason, failed := strings.CutPrefix(strings.TrimSuffix(reason, ", "), "error getting credentials - err: ")
	switch {
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%s: %w", doing, context.Canceled)
	case errors.As(err, &stalled):
		return exit.With(exit.Failed, fmt.Errorf("%s: the credential helper %sgave no answer within %s", doing, helper, stalled.after), hint)
	case failed:
		return exit.With(exit.Failed, fmt.Errorf("%s: the credential helper %sfailed: %s", doing, helper, reason), hint)
	case helper != "":
		return exit.With(exit.Failed, fmt.Errorf("%s: the answer of the credential helper %sis not understood", doing, helper), hint)
	}
	return exit.With(exit.Failed, fmt.Errorf("%s: %s", doing, reason), "check the Docker configuration and its credential helpers")
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
