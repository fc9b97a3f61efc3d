package remote

import (
	"context"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// Keychain finds logins.
type Keychain interface {
	// Find returns the login for a repository (registry/path), or the zero value
	// if there is none.
	Find(ctx context.Context, repository string) (Credentials, error)
}

// Credentials are a login for a registry.
type Credentials struct {
	Username, Password string
	IdentityToken      string // an OAuth2 refresh token
	RegistryToken      string // a bearer token
	// Origin is where the login was found, for people: a variable or a file.
	Origin string
}

// IsZero reports whether there is no login.
func (c Credentials) IsZero() bool {
	return c == Credentials{Origin: c.Origin}
}

func (c Credentials) authenticator() authn.Authenticator {
	if c.IsZero() {
		return authn.Anonymous
	}
	return authn.FromConfig(authn.AuthConfig{
		Username: c.Username, Password: c.Password, IdentityToken: c.IdentityToken, RegistryToken: c.RegistryToken,
	})
}

// account is who the client is at a registry. One registry may have several:
// repositories may have logins of their own.
type account struct {
	registry    string
	credentials Credentials // of the keychain
}

// hostOf returns the registry of a repository as the login for the repository
// sees it. Each repository is looked up once.
func (s *Client) hostOf(ctx context.Context, repo name.Repository) (*host, error) {
	s.mu.Lock()
	h, known := s.repositories[repo.Name()]
	s.mu.Unlock()
	if known {
		return h, nil
	}
	who := account{registry: repo.RegistryStr()}
	if s.opts.Keychain != nil {
		var err error
		if who.credentials, err = s.opts.Keychain.Find(ctx, repo.Name()); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	h, known = s.hosts[who]
	if !known {
		h = newHost(s, repo.Registry, who.credentials)
		s.hosts[who] = h
	}
	s.repositories[repo.Name()] = h
	return h, nil
}
