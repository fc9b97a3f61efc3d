package remote

import (
	"fmt"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/modship/modship/pkg/internal/errkind"
	"github.com/modship/modship/pkg/module"
)

// Reference is a parsed image reference: a place in a registry.
type Reference struct {
	Repo       name.Repository
	Identifier string // a tag or a digest
	Digest     bool   // identifier is a digest
}

func (r Reference) String() string {
	if r.Digest {
		return r.Repo.Name() + "@" + r.Identifier
	}
	return r.Repo.Name() + ":" + r.Identifier
}

// At is the same repository at another tag or digest.
func (r Reference) At(identifier string) Reference {
	return Reference{Repo: r.Repo, Identifier: identifier, Digest: IsDigest(identifier)}
}

// ParseReference reads host/repository:tag or host/repository@sha256:…. The
// tag or digest has to be there: nothing here ever means "latest".
func (s *Client) ParseReference(text string) (Reference, error) {
	if host, _, _ := strings.Cut(text, "/"); strings.Contains(host, "@") {
		return Reference{}, errkind.New(ErrLoginInReference, "an image reference holds a login")
	}
	parsed, err := name.ParseReference(text, s.nameOptions()...)
	if err != nil {
		repository, _, _ := strings.Cut(text, "@")
		if colon := strings.LastIndex(repository, ":"); colon > strings.LastIndex(repository, "/") {
			repository = repository[:colon]
		}
		return Reference{}, errkind.New(ErrReference, "image reference %q: expected registry/repository:tag or registry/repository@sha256:…%s", text, pathFault(repository))
	}
	_, digest := parsed.(name.Digest)
	if !digest { // ggcr lets tags through that no registry takes
		if err := module.CheckTag(parsed.Identifier()); err != nil {
			return Reference{}, errkind.New(ErrReference, "image reference %q: %w", text, err)
		}
	}
	return Reference{Repo: parsed.Context(), Identifier: parsed.Identifier(), Digest: digest}, nil
}

// ParseRepository reads registry/path. The error is of kind [ErrReference].
func (s *Client) ParseRepository(text string) (name.Repository, error) {
	repo, err := name.NewRepository(text, s.nameOptions()...)
	if err != nil {
		return name.Repository{}, errkind.New(ErrReference, "repository %q: expected registry/path%s", text, pathFault(text))
	}
	return repo, nil
}

// pathFault says what is wrong with the path of a repository that has a
// registry and was not accepted: words to add to an error, or nothing.
func pathFault(repository string) string {
	registry, path, _ := strings.Cut(repository, "/")
	if registry != "localhost" && !strings.ContainsAny(registry, ".:") { // what ggcr takes for one
		return ""
	}
	const shortest, longest = 2, 255 // of ggcr, more than a registry asks for
	switch {
	case path == "":
		return ""
	case len(path) < shortest:
		return fmt.Sprintf(", the path of %d characters or more: %q is too short", shortest, path)
	case len(path) > longest:
		return fmt.Sprintf(", the path of %d characters at most: this one has %d", longest, len(path))
	case strings.Trim(path, "abcdefghijklmnopqrstuvwxyz0123456789_-./") != "":
		return ", the path of small letters, digits and . _ - / only"
	}
	return ""
}

func (s *Client) nameOptions() []name.Option {
	options := []name.Option{name.StrictValidation}
	if s.opts.Insecure {
		options = append(options, name.Insecure)
	}
	return options
}

// IsDigest tells a digest from a tag: a tag has no colon.
func IsDigest(identifier string) bool { return strings.Contains(identifier, ":") }

// DigestTag is the tag form of a digest, sha256-<hex>, which cosign and the
// referrers fallback of the OCI distribution specification derive tags from.
func DigestTag(digest string) string { return strings.Replace(digest, ":", "-", 1) }
