package publish

import (
	"errors"
	"fmt"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/modship/modship/pkg/exit"
	"github.com/modship/modship/pkg/module"
)

// reference is a parsed image reference: a place in a registry.
type reference struct {
	repo       name.Repository
	identifier string // a tag or a digest
	digest     bool   // identifier is a digest
}

func (r reference) String() string {
	if r.digest {
		return r.repo.Name() + "@" + r.identifier
	}
	return r.repo.Name() + ":" + r.identifier
}

// at is the same repository at another tag or digest.
func (r reference) at(identifier string) reference {
	return reference{repo: r.repo, identifier: identifier, digest: isDigest(identifier)}
}

// parseReference reads host/repository:tag or host/repository@sha256:…. The
// tag or digest has to be there: nothing here ever means "latest".
func (s *Session) parseReference(text string) (reference, error) {
	if host, _, _ := strings.Cut(text, "/"); strings.Contains(host, "@") {
		return reference{}, exit.With(exit.Usage, errors.New("an image reference holds a login"),
			"give the login by docker login or MODULES_REGISTRY_LOGIN and MODULES_REGISTRY_PASSWORD")
	}
	parsed, err := name.ParseReference(text, s.nameOptions()...)
	if err != nil {
		return reference{}, exit.With(exit.Usage,
			fmt.Errorf("image reference %q: expected registry/repository:tag or registry/repository@sha256:…", text), "")
	}
	_, digest := parsed.(name.Digest)
	if !digest { // ggcr lets tags through that no registry takes
		if err := module.CheckTag(parsed.Identifier()); err != nil {
			return reference{}, exit.With(exit.Usage, fmt.Errorf("image reference %q: %w", text, err), "")
		}
	}
	return reference{repo: parsed.Context(), identifier: parsed.Identifier(), digest: digest}, nil
}

func (s *Session) parseRepository(text string) (name.Repository, error) {
	repo, err := name.NewRepository(text, s.nameOptions()...)
	if err != nil {
		return name.Repository{}, exit.With(exit.Usage, fmt.Errorf("repository %q: expected registry/path", text), "")
	}
	return repo, nil
}

func (s *Session) nameOptions() []name.Option {
	options := []name.Option{name.StrictValidation}
	if s.opts.Insecure {
		options = append(options, name.Insecure)
	}
	return options
}

// isDigest tells a digest from a tag: a tag has no colon.
func isDigest(identifier string) bool { return strings.Contains(identifier, ":") }

// digestTag is the tag form of a digest, sha256-<hex>, which cosign and the
// referrers fallback of the OCI distribution specification derive tags from.
func digestTag(digest string) string { return strings.Replace(digest, ":", "-", 1) }
