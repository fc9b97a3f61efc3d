package pipeline

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/modship/modship/internal/build"
	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/logins"
	"github.com/modship/modship/internal/werfenv"
	"github.com/modship/modship/pkg/graph"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/remote"
)

// Logins are the registry logins of a run. They are read once, when the first
// one is needed: later the environment of the process is werf's.
type Logins func() (*logins.Set, error)

// ReadLogins returns the logins of the environment and of the user's files, for
// runs on a module repository. flags may be nil.
func ReadLogins(repository module.Repository, flags *werfenv.Flags) Logins {
	opts := logins.ReadOptions{Registry: repository.Host()}
	if flags != nil {
		opts.DockerConfig = *flags.Data().DockerConfig
	}
	return sync.OnceValues(func() (*logins.Set, error) { return logins.Read(opts) })
}

var _ remote.Keychain = Logins(nil)

// Find implements [remote.Keychain].
func (l Logins) Find(ctx context.Context, repository string) (remote.Credentials, error) {
	set, err := l()
	if err != nil {
		return remote.Credentials{}, exit.With(exit.Failed, err, "Correct the file, or name another one with DOCKER_CONFIG.")
	}
	found, err := set.Find(ctx, repository)
	return found, exit.With(exit.Failed, err, "Check the helper, or take it out of the configuration: docker login uses it, too.")
}

// writeLogins writes the Docker configuration of this run, which all programs
// of the build use, and returns its directory. bases are the base images, once
// they are known.
func (s *site) writeLogins(ctx context.Context, bases []string) (dir string, err error) {
	set, err := s.Logins()
	if err != nil {
		return "", exit.With(exit.Failed, err, "Correct the file, or name another one with DOCKER_CONFIG.")
	}
	ofWerf := build.Repositories(s.opts.Flags)
	write := logins.WriteOptions{Repositories: append(slices.Clone(ofWerf), s.repository.BundleRepo(), s.repository.ReleaseRepo(), s.repository.Source), Others: bases}
	if !werfenv.UsesBuildah() {
		write.Docker = ofWerf
	}
	dir = filepath.Join(s.dir.Path, "docker")
	if err := set.Write(ctx, dir, write); err != nil {
		if _, ok := errors.AsType[*logins.HostError](err); ok {
			return "", exit.With(exit.Usage, err, "Build with Buildah (WERF_BUILDAH_MODE=auto), which knows logins by path, or give both repositories the same login.")
		}
		return "", exit.With(exit.Failed, err, "Check the helper, or take it out of the configuration: docker login uses it, too.")
	}
	for _, note := range set.Notes() {
		s.note("%s", note)
	}
	if s.dry || !werfenv.UsesBuildah() {
		return dir, nil
	}
	return dir, exit.With(exit.Usage, set.CheckBuildah(ctx, write.Repositories), "Log out there (podman logout), or give both the same login.")
}

// writeBaseLogins adds the logins for base images, if only a credential helper
// may have them.
func (s *source) writeBaseLogins(ctx context.Context) error {
	set, err := s.Logins()
	if err != nil || !set.Helpers() {
		return err
	}
	var bases []string
	for _, n := range s.config.Graph.Nodes() {
		if n.Kind == graph.Base && n.Ref != "" && n.Ref != "scratch" {
			bases = append(bases, repositoryOf(n.Ref))
		}
	}
	_, err = s.writeLogins(ctx, bases)
	return err
}

// repositoryOf is registry/path of an image reference.
func repositoryOf(ref string) string {
	ref, _, _ = strings.Cut(ref, "@")
	if slash := strings.LastIndexByte(ref, '/'); strings.LastIndexByte(ref, ':') > slash {
		ref = ref[:strings.LastIndexByte(ref, ':')]
	}
	host, _, nested := strings.Cut(ref, "/")
	if !nested || !strings.ContainsAny(host, ".:") && host != "localhost" {
		return "docker.io/" + ref
	}
	return ref
}

// LoginFor describes the login for a module repository without asking a
// credential helper: what it is for and where it comes from. set is false if
// there is none.
func LoginFor(repository module.Repository, flags *werfenv.Flags) (key, origin string, set bool) {
	found, err := ReadLogins(repository, flags)()
	if err != nil {
		return "", err.Error(), false
	}
	origin, key = found.Origin(repository.BundleRepo())
	return key, origin, origin != ""
}

// half reports whether only one of two variables is set.
func half(a, b string) bool { return (os.Getenv(a) == "") != (os.Getenv(b) == "") }

// HalfLogin reports whether a user name is given without a password, or the
// other way around.
func HalfLogin() bool { return half(logins.EnvLogin, logins.EnvPassword) }
