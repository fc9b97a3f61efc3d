package publish

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/docker/cli/cli/config"
	"github.com/docker/cli/cli/config/types"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/modship/modship/pkg/exit"
)

// authenticator finds the login for a registry: the one given in the options,
// else the Docker configuration's, credential helpers included, else none.
func (s *Session) authenticator(ctx context.Context, registry name.Registry) (authn.Authenticator, error) {
	if s.hasLogin() && s.opts.Host == "" {
		return nil, exit.With(exit.Usage, errors.New("a registry login is given without the registry it is for"), "")
	}
	if s.isLoginFor(registry.RegistryStr()) {
		return &authn.Basic{Username: s.opts.Username, Password: s.opts.Password}, nil
	}
	var keychain authn.Keychain = authn.DefaultKeychain
	if s.opts.DockerConfig != "" {
		keychain = dockerConfig(s.opts.DockerConfig)
	}
	found, err := authn.Resolve(ctx, keychain, registry)
	if err != nil {
		return nil, exit.With(exit.Failed, fmt.Errorf("find the login for %s: %w", registry, err),
			"check the Docker configuration and its credential helpers")
	}
	return found, nil
}

// hasLogin tells whether the options hold a login.
func (s *Session) hasLogin() bool { return s.opts.Username != "" || s.opts.Password != "" }

// isLoginFor tells whether they hold one for the registry.
func (s *Session) isLoginFor(registry string) bool { return s.hasLogin() && registry == s.loginHost() }

// loginHost is the options' host as registries are named here: docker.io has
// an alias.
func (s *Session) loginHost() string {
	registry, err := name.NewRegistry(s.opts.Host)
	if err != nil {
		return s.opts.Host
	}
	return registry.RegistryStr()
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
	key := target.RegistryStr()
	if key == name.DefaultRegistry {
		key = authn.DefaultAuthKey
	}
	found, err := file.GetAuthConfig(key)
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

// scopeSet is what a token must allow: repository path → actions.
type scopeSet map[string]access

// access is what is done to a repository; each level includes the ones before.
type access int

const (
	pull access = iota + 1
	push
	remove
)

// strings lists the scopes, those that write first: a few registries look at
// the first scope only.
func (set scopeSet) strings() []string {
	actions := map[access]string{pull: "pull", push: "push,pull", remove: "push,pull,delete"}
	var scopes []string
	for level := remove; level >= pull; level-- {
		for _, repo := range sortedKeys(set) {
			if set[repo] == level {
				scopes = append(scopes, "repository:"+repo+":"+actions[level])
			}
		}
	}
	return scopes
}

// add raises the set to hold wanted and tells whether anything was missing.
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

// writes tells whether the set allows more than reading.
func (set scopeSet) writes() bool {
	for _, level := range set {
		if level > pull {
			return true
		}
	}
	return false
}

// readOnly is the set with reading only.
func (set scopeSet) readOnly() scopeSet {
	only := scopeSet{}
	for repo := range set {
		only[repo] = pull
	}
	return only
}

// authTransport adds the login of its host to requests to that host only, so
// that a redirect to a storage does not carry it along.
type authTransport struct{ host *host }

var _ http.RoundTripper = authTransport{}

// RoundTrip implements http.RoundTripper. A token that has expired is renewed
// once.
func (t authTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	h := t.host
	if request.URL.Host != h.registry.RegistryStr() {
		return h.session.wire.RoundTrip(request)
	}
	used := h.authorization()
	request.Header.Set("Authorization", used)
	if used == "" {
		request.Header.Del("Authorization")
	}
	response, err := h.session.wire.RoundTrip(request)
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
	return h.session.wire.RoundTrip(request)
}
