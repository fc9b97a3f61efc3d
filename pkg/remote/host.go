package remote

import (
	"context"
	"encoding/base64"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	ggcr "github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/modship/modship/pkg/internal/errkind"
)

// host holds the connection state of one registry: scheme, credentials and
// bearer token.
type host struct {
	session  *Client
	registry name.Registry
	// credentials are those of the keychain; without one, login has others.
	credentials Credentials

	noReferrers   atomic.Bool // the registry has no referrers API
	listsSubjects atomic.Bool // it says that it lists what is written to it

	mu        sync.Mutex // held while logging in, so that it happens once
	challenge *ggcr.Challenge
	login     authn.Authenticator
	scopes    scopeSet
	asked     bool // for a login

	headerMu sync.RWMutex
	header   string   // value of Authorization, or empty
	secrets  []string // never to be seen in an error
}

// host returns the registry of a repository, logged in to for at least the
// wanted scopes.
func (s *Client) host(ctx context.Context, repo name.Repository, wanted scopeSet) (*host, error) {
	h, err := s.hostOf(ctx, repo)
	if err != nil {
		return nil, err
	}
	return h, h.require(ctx, wanted)
}

func newHost(s *Client, registry name.Registry, credentials Credentials) *host {
	h := &host{session: s, registry: registry, credentials: credentials, scopes: scopeSet{}}
	return h
}

// require asks the registry once how to log in, and for a token whenever the
// wanted scopes are more than the present token has.
func (h *host) require(ctx context.Context, wanted scopeSet) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.reach(ctx); err != nil {
		return err
	}
	first := !h.asked
	h.asked = true
	grown := h.scopes.add(wanted)
	if h.isBearer() {
		if !grown && !first {
			return nil
		}
		return h.token(ctx)
	}
	if first {
		return h.basic(ctx)
	}
	return nil
}

// reach asks the registry how to log in, once. It is called with mu held.
func (h *host) reach(ctx context.Context) error {
	if h.challenge != nil {
		return nil
	}
	return h.ping(ctx)
}

func (h *host) isBearer() bool { return strings.EqualFold(h.challenge.Scheme, "bearer") }

// basic prepares HTTP Basic authentication; without a login requests go
// without one and the registry decides.
func (h *host) basic(ctx context.Context) error {
	config, err := authn.Authorization(ctx, h.login)
	if err != nil {
		return errkind.With(ErrCredentials, err)
	}
	encoded := config.Auth
	if encoded == "" && (config.Username != "" || config.Password != "") {
		encoded = base64.StdEncoding.EncodeToString([]byte(config.Username + ":" + config.Password))
	}
	switch {
	case encoded != "":
		h.setHeader("Basic "+encoded, encoded, config.Password)
	case config.RegistryToken != "":
		h.setHeader("Bearer "+config.RegistryToken, config.RegistryToken)
	}
	return nil
}

// token fetches one token for all scopes of this session.
func (h *host) token(ctx context.Context) error {
	config, err := authn.Authorization(ctx, h.login)
	if err != nil {
		return errkind.With(ErrCredentials, err)
	}
	h.keepSecret(config.Password, config.Auth, config.IdentityToken)
	if config.RegistryToken != "" {
		h.setHeader("Bearer "+config.RegistryToken, config.RegistryToken)
		return nil
	}
	token, err := h.exchange(ctx, h.scopes)
	if isRefusal(err) && h.scopes.writes() {
		// Most token servers leave out what the login may not do; some refuse
		// the whole. Reading may still be allowed, and a write then tells.
		token, err = h.exchange(ctx, h.scopes.readOnly())
	}
	if err != nil {
		return h.explainLogin(err)
	}
	value := token.Token
	if value == "" {
		value = token.AccessToken
	}
	h.setHeader("Bearer "+value, value)
	return nil
}

func (h *host) exchange(ctx context.Context, scopes scopeSet) (*ggcr.Token, error) {
	ctx, opts, done := h.bounded(ctx, "the token server of "+h.registry.RegistryStr())
	defer done()
	return ggcr.Exchange(ctx, h.registry, h.login, sender{h.session.wire, opts}, scopes.strings(), h.challenge)
}

// renew fetches a token unless another request has already replaced the used one.
func (h *host) renew(ctx context.Context, used string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.authorization() != used {
		return nil
	}
	return h.token(ctx)
}

func (h *host) authorization() string {
	h.headerMu.RLock()
	defer h.headerMu.RUnlock()
	return h.header
}

func (h *host) setHeader(value string, secrets ...string) {
	h.headerMu.Lock()
	h.header = value
	h.headerMu.Unlock()
	h.keepSecret(secrets...)
}

func (h *host) keepSecret(secrets ...string) {
	h.headerMu.Lock()
	defer h.headerMu.Unlock()
	for _, secret := range secrets {
		if len(secret) > 3 { // shorter ones would tear ordinary text apart
			h.secrets = append(h.secrets, secret)
		}
	}
}

// scrub takes out of text whatever this host's login consists of: registries
// have been seen to echo what they were sent.
func (h *host) scrub(text string) string {
	h.headerMu.RLock()
	defer h.headerMu.RUnlock()
	for _, secret := range h.secrets {
		text = strings.ReplaceAll(text, secret, "***")
	}
	return text
}

// base is scheme://host of the registry.
func (h *host) base() string {
	if h.challenge.Insecure {
		return "http://" + h.registry.RegistryStr()
	}
	return "https://" + h.registry.RegistryStr()
}
