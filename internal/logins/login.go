package logins

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/modship/modship/pkg/remote"
)

// Login is what a registry is given. The zero value is no login.
type Login = remote.Credentials

// same reports whether two logins identify as the same user.
func same(a, b Login) bool {
	a.Origin, b.Origin = "", ""
	return a == b
}

var _ remote.Keychain = (*Set)(nil)

// entry is a login for a registry or a path on it. An empty key is for every
// registry: a credential store.
type entry struct {
	key    string // host, host:port or host/path, normalised
	login  Login
	helper string // credential helper to ask in place of login
	origin string
	rank   rank
}

// rank says which of several logins for one key counts: the lower one.
type rank int

const (
	explicit   rank = iota // of variables that name user and password
	configured             // of variables that hold or name a configuration
	stored                 // of files in their usual places
	implied                // of variables that the CI system sets by itself
)

// Set is the logins of a run. It is safe for concurrent use.
type Set struct {
	entries []entry
	podman  []entry // those of files that Buildah reads before Docker's
	run     helperRunner

	mu    sync.Mutex
	notes []string
	noted int // of notes, how many were returned

	dockerDir string         // the user's directory of Docker's configuration
	others    map[string]any // what it has beside logins
}

// Notes returns sentences for the user about logins that cannot be used, each
// of them once.
func (s *Set) Notes() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	notes := s.notes[s.noted:]
	s.noted = len(s.notes)
	return notes
}

func (s *Set) note(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.notes, text) {
		s.notes = append(s.notes, text)
	}
}

// Helpers reports whether a credential helper may have logins for registries
// that are not known yet.
func (s *Set) Helpers() bool {
	return slices.ContainsFunc(s.entries, func(e entry) bool { return e.helper != "" })
}

// Origin returns where the login for a repository comes from, without asking a
// credential helper, and what it is for: a registry, a path, or "" for any. Both
// are empty if there is no login.
func (s *Set) Origin(repository string) (origin, key string) {
	for _, e := range candidates(s.entries, repository) {
		if e.helper != "" || !e.login.IsZero() {
			return e.origin, e.key
		}
	}
	return "", ""
}

// Find returns the login for a repository (registry/path) or a registry. The
// longest matching key wins; of several equally long ones the first in the
// order that [Read] documents.
func (s *Set) Find(ctx context.Context, repository string) (Login, error) {
	return s.find(ctx, s.entries, repository)
}

func (s *Set) find(ctx context.Context, entries []entry, repository string) (Login, error) {
	host, _, _ := strings.Cut(repository, "/")
	for _, e := range candidates(entries, repository) {
		login := e.login
		if e.helper != "" {
			var err error
			if login, err = s.run(ctx, e.helper, storeKey(host)); err != nil {
				return Login{}, fmt.Errorf("find the login for %s, with %s: %w", host, e.origin, err)
			}
			login.Origin = e.origin
		}
		if !login.IsZero() {
			return login, nil
		}
	}
	return Login{}, nil
}

// candidates are the entries that match a repository, the best one first.
func candidates(entries []entry, repository string) []entry {
	repository = normalise(repository)
	var list []entry
	for _, e := range entries {
		if e.key == "" || repository == e.key || strings.HasPrefix(repository, e.key+"/") {
			list = append(list, e)
		}
	}
	host, _, _ := strings.Cut(repository, "/")
	slices.SortStableFunc(list, func(a, b entry) int {
		if n := max(len(b.key), len(host)) - max(len(a.key), len(host)); n != 0 { // a store is as good as a host
			return n
		}
		return int(a.rank - b.rank)
	})
	return list
}

// dockerHub is the name of Docker Hub here; it has several.
const dockerHub = "index.docker.io"

// normalise returns the key of a registry or repository without the scheme, the
// default port and the API version that some keys have.
func normalise(key string) string {
	https := strings.HasPrefix(key, "https://")
	key = strings.TrimPrefix(strings.TrimPrefix(key, "https://"), "http://")
	host, path, _ := strings.Cut(strings.TrimRight(key, "/"), "/")
	host = strings.ToLower(host)
	if port, ok := portOf(host); ok && (port == "443" || port == "80" && !https) {
		host = strings.TrimSuffix(host, ":"+port)
	}
	switch host {
	case "docker.io", "registry-1.docker.io":
		host = dockerHub
	}
	path = strings.Trim(path, "/")
	if path == "" || path == "v1" || path == "v2" {
		return host
	}
	return host + "/" + path
}

// portOf returns the port of host:port; an IPv6 address is in brackets.
func portOf(host string) (port string, ok bool) {
	i := strings.LastIndexByte(host, ':')
	if i < 0 || strings.HasSuffix(host, "]") {
		return "", false
	}
	return host[i+1:], true
}

// storeKey is what a credential helper calls a registry.
func storeKey(host string) string {
	if normalise(host) == dockerHub {
		return "https://" + dockerHub + "/v1/"
	}
	return host
}
