package remote

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/docker/cli/cli/config"
	"github.com/docker/cli/cli/config/types"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/modship/modship/pkg/internal/errkind"
)

// authenticator finds the login for the registry: the one given in the options,
// else the Docker configuration's, credential helpers included, else none.
func (h *host) authenticator(ctx context.Context) (authn.Authenticator, error) {
	s := h.session
	if s.opts.Keychain != nil {
		return h.credentials.authenticator(), nil
	}
	if s.opts.hasLogin() && s.opts.Host == "" {
		return nil, errkind.New(ErrLoginWithoutHost, "a registry login is given without the registry it is for")
	}
	if s.opts.isLoginFor(h.registry.RegistryStr()) {
		return &authn.Basic{Username: s.opts.Username, Password: s.opts.Password}, nil
	}
	var keychain authn.Keychain = authn.DefaultKeychain
	if s.opts.DockerConfig != "" {
		keychain = dockerConfig(s.opts.DockerConfig)
	}
	found, err := h.resolve(ctx, keychain)
	if err != nil {
		return nil, h.explainKeychain(err)
	}
	return found, nil
}

// resolve asks the keychain, for as long as a login may take: a credential
// helper may wait for somebody, and the library that runs it sets it no end.
func (h *host) resolve(ctx context.Context, keychain authn.Keychain) (authn.Authenticator, error) {
	ctx, _, done := h.bounded(ctx, "the credential helper for "+h.registry.RegistryStr())
	defer done()
	type answer struct {
		login authn.Authenticator
		err   error
	}
	answers := make(chan answer, 1) // nobody may be there any more to take it
	go func() {
		login, err := authn.Resolve(ctx, keychain, h.registry)
		answers <- answer{login, err}
	}()
	select {
	case a := <-answers:
		return a.login, a.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// dockerConfig is a keychain over one Docker configuration directory, whatever
// the environment says.
type dockerConfig string

var _ authn.Keychain = dockerConfig("")

// Resolve implements authn.Keychain.
func (dir dockerConfig) Resolve(target authn.Resource) (authn.Authenticator, error) {
	if _, err := os.Stat(filepath.Join(string(dir), config.ConfigFileName)); errors.Is(err, os.ErrNotExist) {
		return authn.Anonymous, nil
	}
	file, err := config.Load(string(dir))
	if err != nil {
		return nil, err
	}
	found, err := file.GetAuthConfig(configKey(target.RegistryStr()))
	if err != nil {
		return nil, err
	}
	found.ServerAddress = "" // always set, even when nothing was found
	if found == (types.AuthConfig{}) {
		return authn.Anonymous, nil
	}
	return authn.FromConfig(authn.AuthConfig{
		Username:      found.Username,
		Password:      found.Password,
		Auth:          found.Auth,
		IdentityToken: found.IdentityToken,
		RegistryToken: found.RegistryToken,
	}), nil
}

// configKey is what Docker's configuration calls a registry.
func configKey(registry string) string {
	if registry == name.DefaultRegistry {
		return authn.DefaultAuthKey
	}
	return registry
}

// scopeSet is what a token must allow: repository path → actions.
type scopeSet map[string]Access

// Access is what is done to a repository; each level includes the ones before.
type Access int

// The levels of access.
const (
	Pull Access = iota + 1
	Push
	Delete
)

// strings lists the scopes, those that write first: a few registries look at
// the first scope only.
func (set scopeSet) strings() []string {
	actions := map[Access]string{Pull: "pull", Push: "push,pull", Delete: "push,pull,delete"}
	var scopes []string
	for level := Delete; level >= Pull; level-- {
		for _, repo := range slices.Sorted(maps.Keys(set)) {
			if set[repo] == level {
				scopes = append(scopes, "repository:"+repo+":"+actions[level])
			}
		}
	}
	return scopes
}

// add raises the set to hold wanted and reports whether anything was missing.
func (set scopeSet) add(wanted scopeSet) bool {
	grown := false
	for repo, level := range wanted {
		if set[repo] < level {
			set[repo] = level
			grown = true
		}
	}
	return grown
}

// writes reports whether the set allows more than reading.
func (set scopeSet) writes() bool {
	for _, level := range set {
		if level > Pull {
			return true
		}
	}
	return false
}

// readOnly is the set with reading only.
func (set scopeSet) readOnly() scopeSet {
	only := scopeSet{}
	for repo := range set {
		only[repo] = Pull
	}
	return only
}

// authTransport adds the login of its host to requests to that host only, so
// that a redirect to a storage does not carry it along.
type authTransport struct {
	host *host
	opts sendOptions
}

var _ http.RoundTripper = authTransport{}

// RoundTrip implements http.RoundTripper. A token that has expired is renewed
// once.
func (t authTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	h := t.host
	if request.URL.Host != h.registry.RegistryStr() {
		return h.session.wire.send(request, t.opts)
	}
	used := h.authorization()
	request.Header.Set("Authorization", used)
	if used == "" {
		request.Header.Del("Authorization")
	}
	response, err := h.session.wire.send(request, t.opts)
	if err != nil || response.StatusCode != http.StatusUnauthorized || !strings.HasPrefix(used, "Bearer ") {
		return response, err
	}
	if request.Body != nil && request.Body != http.NoBody && request.GetBody == nil {
		return response, nil
	}
	if err := h.renew(request.Context(), used); err != nil {
		return nil, err
	}
	response.Body.Close()
	request.Header.Set("Authorization", h.authorization())
	return h.session.wire.send(request, t.opts)
}
