package logins

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// WriteOptions are the options of [Set.Write].
type WriteOptions struct {
	// Repositories (registry/path) are those that the run cannot do without.
	Repositories []string
	// Others are those that it may read without a login. A credential helper
	// that fails for one becomes a note.
	Others []string
	// Docker are the repositories that a Docker daemon pushes to and pulls from.
	// Docker looks up the login of the host only, so it gets that of the first
	// repository there; another one that needs another login is a [*HostError].
	Docker []string
}

// HostError reports that repositories on one host need different logins, of which
// Docker can have one.
type HostError struct {
	Host          string
	First, Second string // repositories
}

// Error names the repositories.
func (e *HostError) Error() string {
	return fmt.Sprintf("Docker has one login for %s, and %s and %s have different ones", e.Host, e.First, e.Second)
}

// Write writes Docker's configuration for one run into dir, which only the user
// can read, with the logins for the repositories that the run uses. werf, Buildah
// and Docker look logins up in different ways; it is written so that all find the
// one that [Set.Find] returns:
//
//   - Credential helpers are asked here. Buildah does not know a store, and the
//     others ask it in place of the file.
//   - Each repository gets a key of its own: werf knows no prefixes.
//   - Each host gets a key, too, if need be an empty one: without it Docker takes
//     any path of the host, a random one.
//
// Everything else that is in the user's configuration and beside it stays.
func (s *Set) Write(ctx context.Context, dir string, opts WriteOptions) error {
	auths := map[string]auth{}
	for _, e := range slices.Backward(s.ranked()) { // the first one wins
		if e.helper == "" && !e.login.IsZero() {
			put(auths, e.key, e.login)
		}
	}
	for _, repository := range opts.Others {
		if err := s.putFound(ctx, auths, repository); err != nil {
			s.note(err.Error())
		}
	}
	for _, repository := range opts.Repositories {
		if err := s.putFound(ctx, auths, repository); err != nil {
			return err
		}
	}
	if err := s.putHosts(ctx, auths, opts.Docker); err != nil {
		return err
	}
	config := maps.Clone(s.others)
	if config == nil {
		config = map[string]any{}
	}
	config["auths"] = auths
	data, err := json.Marshal(config)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("write registry logins: %w", err)
	}
	if err := s.linkOthers(dir); err != nil {
		return fmt.Errorf("write registry logins: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "config.json"), data, 0o600); err != nil {
		return fmt.Errorf("write registry logins: %w", err)
	}
	return nil
}

// putFound enters the logins for a repository and for its host.
func (s *Set) putFound(ctx context.Context, auths map[string]auth, repository string) error {
	host, _, _ := strings.Cut(repository, "/")
	for _, key := range []string{host, repository} {
		login, err := s.Find(ctx, key)
		if err != nil {
			return err
		}
		if key == host || !login.IsZero() {
			put(auths, key, login)
		}
	}
	return nil
}

// putHosts enters for each host the login of the first of its repositories.
func (s *Set) putHosts(ctx context.Context, auths map[string]auth, repositories []string) error {
	first := map[string]string{} // repository by host
	for _, repository := range repositories {
		host, _, _ := strings.Cut(repository, "/")
		login, err := s.Find(ctx, repository)
		if err != nil {
			return err
		}
		before, known := first[host]
		if !known {
			first[host] = repository
			put(auths, host, login)
			continue
		}
		other, err := s.Find(ctx, before)
		if err != nil {
			return err
		}
		if !same(login, other) {
			return &HostError{Host: host, First: before, Second: repository}
		}
	}
	return nil
}

// ranked are the entries, the first of several with one key first.
func (s *Set) ranked() []entry {
	list := slices.Clone(s.entries)
	slices.SortStableFunc(list, func(a, b entry) int { return int(a.rank - b.rank) })
	return list
}

// put enters a login under every form of the key that a program looks up.
func put(auths map[string]auth, key string, l Login) {
	a := auth{IdentityToken: l.IdentityToken, RegistryToken: l.RegistryToken}
	if l.Username+l.Password != "" {
		a.Auth = base64.StdEncoding.EncodeToString([]byte(l.Username + ":" + l.Password))
	}
	host, path, nested := strings.Cut(normalise(key), "/")
	hosts := []string{host}
	given, _, _ := strings.Cut(key, "/")
	switch _, ported := portOf(host); {
	case host == dockerHub:
		hosts = []string{host, "docker.io"}
		if !nested {
			hosts = []string{storeKey(host), "docker.io"}
		}
	case !ported:
		hosts = []string{host, host + ":443", given}
	}
	for _, h := range hosts {
		if nested {
			h += "/" + path
		}
		auths[h] = a
	}
}

// linkOthers links the other files beside the user's configuration, such as contexts
// and plugins of Docker.
func (s *Set) linkOthers(dir string) error {
	if s.dockerDir == "" {
		return nil
	}
	entries, err := os.ReadDir(s.dockerDir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() == "config.json" {
			continue
		}
		err := os.Symlink(filepath.Join(s.dockerDir, e.Name()), filepath.Join(dir, e.Name()))
		if err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
	}
	return nil
}

// ConflictError means that Buildah would use another login than the rest of the
// program.
type ConflictError struct {
	Repository string
	Origin     string // of the login that counts
	File       string // that Buildah reads first
}

// Error names both logins.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("the login for %s in %s, which Buildah reads first, differs from the one in %s", e.Repository, e.File, e.Origin)
}

// CheckBuildah returns a [*ConflictError] if Buildah, which reads Podman's files
// before any other, would not find the login of [Set.Find].
func (s *Set) CheckBuildah(ctx context.Context, repositories []string) error {
	for _, repository := range repositories {
		first, err := s.find(ctx, s.podman, repository)
		if err != nil {
			return err
		}
		login, err := s.Find(ctx, repository)
		if err != nil {
			return err
		}
		if !first.IsZero() && !same(first, login) {
			return &ConflictError{Repository: repository, Origin: login.Origin, File: first.Origin}
		}
	}
	return nil
}
