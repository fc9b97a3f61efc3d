package publish

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	ggcr "github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/modship/modship/pkg/exit"
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

func (s *Session) anonymous(h *host) bool { return h.login == nil || h.login == authn.Anonymous }

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
