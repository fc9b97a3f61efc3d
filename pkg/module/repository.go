package module

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Repository is the place of one module in a registry: <source>/<name>. The
// zero value is not valid; make one with [NewRepository].
type Repository struct {
	Source string // module source repository with its registry host, for example registry.example.com/modules
	Name   string // module name
}

// Grammar of the distribution specification for a registry host and for one
// component of a repository path.
var (
	hostPattern      = regexp.MustCompile(`^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::[0-9]{1,5})?$`)
	componentPattern = regexp.MustCompile(`^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$`)
	digestPattern    = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
)

// maxRepositoryLength is the limit of the reference grammar for a repository
// with its host.
const maxRepositoryLength = 255

// NewRepository returns the repository of module name in source. Source is a
// registry host and at least one path component, because the registration tag
// is a tag of the source itself: no scheme, no tag, no trailing slash, lower
// case.
func NewRepository(source, name string) (Repository, error) {
	if err := CheckSource(source); err != nil {
		return Repository{}, err
	}
	if err := CheckName(name); err != nil {
		return Repository{}, err
	}
	r := Repository{Source: source, Name: name}
	if n := len(r.ReleaseRepo()); n > maxRepositoryLength {
		return Repository{}, fmt.Errorf("repository %q is %d characters long, at most %d are allowed", r.ReleaseRepo(), n, maxRepositoryLength)
	}
	return r, nil
}

// ErrSourceAt is the error of a module source with an @ in it, so with a login or
// a digest. Its text leaves the source out, which may contain a password.
var ErrSourceAt = errors.New("module source holds an @: expected <registry>/<path> without a login and without a digest")

// CheckSource reports why source cannot be a module source, or nil.
func CheckSource(source string) error {
	if source == "" {
		return fmt.Errorf("module source is empty: expected <registry>/<path>, for example registry.example.com/modules")
	}
	if strings.Contains(source, "@") { // not quoted: it may hold a password
		return ErrSourceAt
	}
	if scheme, rest, ok := strings.Cut(source, "://"); ok {
		return fmt.Errorf("module source %q must not start with a scheme: remove %q and write %q", source, scheme+"://", rest)
	}
	if strings.HasSuffix(source, "/") {
		return fmt.Errorf("module source %q must not end with a slash: write %q", source, strings.TrimRight(source, "/"))
	}
	if lower := strings.ToLower(source); lower != source {
		return fmt.Errorf("module source %q must be lower case: write %q", source, lower)
	}
	host, path, ok := strings.Cut(source, "/")
	if !ok {
		return fmt.Errorf("module source %q has no path: a registry host and at least one path component are expected, for example %q", source, source+"/modules")
	}
	if !isHost(host) {
		return fmt.Errorf("module source %q does not start with a registry host: %q has no dot and no port and is not localhost", source, host)
	}
	if component, ok := checkPath(path); !ok {
		return fmt.Errorf("module source %q has an invalid path component %q: lower case letters, digits and single separators . _ - between them are expected", source, component)
	}
	return nil
}

// IsRepositoryPath reports whether path can be a part of a repository's name by
// the distribution specification, whose length aside.
func IsRepositoryPath(path string) bool {
	_, ok := checkPath(path)
	return ok
}

// checkPath returns the first component of a path that is not valid.
func checkPath(path string) (invalid string, ok bool) {
	for component := range strings.SplitSeq(path, "/") {
		if !componentPattern.MatchString(component) {
			return component, false
		}
	}
	return "", true
}

// ErrPlatform is wrapped by the error of reading an index that has no image for
// linux/amd64, which is what the controller and the nodes take.
var ErrPlatform = errors.New("no image for linux/amd64")

// isHost tells a registry host from a first path component as the reference
// grammar does: it has a dot, a port or is localhost.
func isHost(s string) bool {
	return hostPattern.MatchString(s) && (strings.ContainsAny(s, ".:") || s == "localhost")
}

// String returns <source>/<name>.
func (r Repository) String() string { return r.Source + "/" + r.Name }

// Host returns the registry host of the source, with its port if it has one.
func (r Repository) Host() string {
	host, _, _ := strings.Cut(r.Source, "/")
	return host
}

// BundleRepo returns <source>/<name>: bundles and application images.
func (r Repository) BundleRepo() string { return r.String() }

// ReleaseRepo returns <source>/<name>/release: release images and channels.
func (r Repository) ReleaseRepo() string { return r.String() + "/release" }

// ExtraRepo returns <source>/<name>/extra/<extra>, named by extra_images.json.
func (r Repository) ExtraRepo(extra string) string { return r.String() + "/extra/" + extra }

// Bundle returns the reference of the bundle of tag.
func (r Repository) Bundle(tag string) string { return r.BundleRepo() + ":" + tag }

// Release returns the reference of the release image of tag.
func (r Repository) Release(tag string) string { return r.ReleaseRepo() + ":" + tag }

// Channel returns the reference of the release channel.
func (r Repository) Channel(ch Channel) string { return r.ReleaseRepo() + ":" + string(ch) }

// Registration returns the registration tag, <source>:<name>.
func (r Repository) Registration() string { return r.Source + ":" + r.Name }

// Image returns the reference of an application image by its digest.
func (r Repository) Image(digest string) string { return r.BundleRepo() + "@" + digest }

// Attestation returns the reference under which cosign leaves the attestation
// of the image with digest: <source>/<name>:sha256-<hex>.att.
func (r Repository) Attestation(digest string) string {
	return r.BundleRepo() + ":" + AttestationTag(digest)
}

// AttestationTag returns the tag that cosign gives to the attestation of the
// image with digest: sha256-<hex>.att.
func AttestationTag(digest string) string {
	return strings.Replace(digest, ":", "-", 1) + ".att"
}

// IsDigest reports whether s is a full sha256 content digest in lower case.
func IsDigest(s string) bool { return digestPattern.MatchString(s) }
