package cli

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/pkg/remote"
)

var remoteFailures = []failure{
	whenType(registryResponse),
	whenType(func(e *remote.HelperError) advice {
		return advice{exit.Failed, fmt.Sprintf("Check the credential helper: `docker login %s` uses it too.", e.Registry)}
	}),
	when(remote.ErrCredentials, advice{exit.Failed, "Check the Docker configuration and its credential helpers."}),
	when(remote.ErrLoginInReference, advice{exit.Usage, hintLogin}),
	when(remote.ErrLoginWithoutHost, advice{exit.Usage, "Set MODULES_REGISTRY to the registry that MODULES_REGISTRY_LOGIN is for."}),
	when(remote.ErrReference, advice{exit.Usage, ""}),
	when(remote.ErrUntrusted, advice{exit.Failed, "Add its certificate authority to those of the system, or name a file with it in SSL_CERT_FILE (certs.d directories are not read). WERF_SKIP_TLS_VERIFY_REGISTRY=1 switches the check off."}),
	when(remote.ErrExposed, advice{exit.Failed, "Give the registry a certificate: a login is sent over HTTPS only."}),
	when(remote.ErrDowngrade, advice{exit.Failed, "Let the proxy in front of the registry send X-Forwarded-Proto: https, or tell the registry its own address."}),
	whenType(func(e *remote.ProxyError) advice { return advice{exit.Failed, proxyAdvice(e)} }),
	whenType(func(e *remote.MissingError) advice {
		return advice{exit.Failed, fmt.Sprintf("Create %s in the registry first: some registries, such as Amazon ECR, do not do it by themselves.", strings.Join(e.Repositories, " and "))}
	}),
	when(remote.ErrPlainHTTP, advice{exit.Failed, "Allow plain HTTP with WERF_INSECURE_REGISTRY=1 if that is intended."}),
	when(remote.ErrUnreachable, advice{exit.Failed, "Check the address and the network, and that the registry is running."}),
	when(remote.ErrTokenServer, advice{exit.Failed, "The registry has to name its token server by a host name and over HTTPS."}),
	when(remote.ErrNotRegistry, advice{exit.Failed, "Check that the address is the address of a registry, and that no proxy answers in its place."}),
	when(remote.ErrAltered, advice{exit.Failed, "The registry, or a proxy in front of it, changes content: look at its log."}),
	when(remote.ErrCorrupt, advice{exit.Failed, ""}),
	when(remote.ErrNotListed, advice{exit.Failed, "Run the command again: the referrer is then listed under a tag."}),
	when(remote.ErrNotAnIndex, advice{
		exit.Violated,
		"The registry has no referrers API, so attestations and signatures are found by this tag: delete it or use another repository.",
	}),
	when(remote.ErrConflict, advice{exit.Failed, "Run the command again: it adds to the entries that are there."}),
	when(remote.ErrNotFound, advice{exit.Failed, ""}),
}

// registryResponse says what an unexpected response means.
func registryResponse(e *remote.Error) advice {
	refused := []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusMethodNotAllowed}
	if !slices.Contains(refused, e.Status) {
		return advice{exit.Failed, registryTrouble(e)}
	}
	switch {
	case e.Status == http.StatusUnauthorized:
		return advice{exit.Refused, loginAdvice(e)}
	case e.Status == http.StatusForbidden:
		return advice{exit.Refused, "The account lacks the permission for this: ask for it, or use another account."}
	default:
		return advice{exit.Refused, "The registry does not allow this operation: it is read-only, or has the operation switched off."}
	}
}

// loginAdvice says how to give the login that is missing or wrong. One that is
// given for another registry is not used.
func loginAdvice(e *remote.Error) string {
	const variables = "MODULES_REGISTRY_LOGIN and MODULES_REGISTRY_PASSWORD"
	switch {
	case e.Login.Origin == remote.FromOptions:
		return "Check the user name and password in " + variables + ": they were refused, or do not allow this."
	case e.Login.Origin == remote.FromKeychain:
		return fmt.Sprintf("Check Docker's login for %s: it was refused, or does not allow this.", e.Registry)
	case e.Login.Origin == remote.Anonymous && e.Login.GivenFor != "":
		return fmt.Sprintf("The login in %s is for %s only: log in with docker login %s, or set MODULES_REGISTRY=%[3]s if it is for that one.",
			variables, e.Login.GivenFor, e.Registry)
	case e.Login.Origin != remote.Anonymous:
		return fmt.Sprintf("Check the login in %s: it was refused, or does not allow this.", e.Login.Origin)
	default:
		return fmt.Sprintf("Log in with docker login %s, or set %s, with MODULES_REGISTRY=%[1]s.", e.Registry, variables)
	}
}

// proxyAdvice says what to do about a proxy that refuses.
func proxyAdvice(e *remote.ProxyError) string {
	if e.Status == http.StatusProxyAuthRequired {
		return "Give the proxy its login in HTTPS_PROXY (http://user:password@proxy:port), or name the registry in NO_PROXY."
	}
	return "Ask for the proxy to let the registry through, or name the registry in NO_PROXY."
}

// registryTrouble says what to do about a response that is not a refusal.
func registryTrouble(e *remote.Error) string {
	switch {
	case e.Full:
		return "The registry has no space left: free some, or enlarge its storage."
	case e.Status == http.StatusRequestEntityTooLarge:
		return "The registry, or a proxy in front of it, limits the size of a request body: raise the limit (nginx: client_max_body_size)."
	case e.Status == http.StatusTooManyRequests:
		return "The registry limits requests: run the command again later; it continues where it stopped."
	case e.Status >= http.StatusInternalServerError:
		return "The registry has a problem: look at its log. Run the command again; it continues where it stopped."
	default:
		return ""
	}
}
