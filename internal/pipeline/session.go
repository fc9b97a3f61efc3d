package pipeline

import (
	"context"
	"os"
	"os/user"

	"github.com/modship/modship/internal/build"
	"github.com/modship/modship/internal/werfenv"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/publish"
)

// SessionOptions says which registry a session is for.
type SessionOptions struct {
	Repository module.Repository
	Flags      *werfenv.Flags // for werf's registry flags; may be nil
	Log        func(format string, args ...any)
}

// sessionJobs is how many requests are under way at once. Looking up the stages
// of a module is hundreds of small reads, each as long as the registry is far.
const sessionJobs = 16

// OpenSession makes a registry session with the logins that werf would use,
// and those of the CI templates for the host they are for.
func OpenSession(opts SessionOptions) *publish.Session {
	o := publish.SessionOptions{Log: opts.Log, Actor: actor(), Jobs: sessionJobs}
	if opts.Flags != nil {
		d := opts.Flags.Data()
		o.Insecure, o.SkipTLSVerify = *d.InsecureRegistry, *d.SkipTlsVerifyRegistry
		o.DockerConfig = *d.DockerConfig
	}
	if l, ok := templateLogin(opts.Repository); ok {
		o.Host, o.Username, o.Password = l.host, l.username, l.password
	}
	return publish.NewSession(o)
}

// realRegistry is a registry session of the program itself.
type realRegistry struct{ *publish.Session }

var _ Registry = realRegistry{}

// ReadImage implements [build.Registry].
func (r realRegistry) ReadImage(ctx context.Context, ref string) (build.RegistryImage, bool) {
	raw, found, err := r.RawImage(ctx, ref)
	if err != nil || !found || raw.Config == nil {
		return build.RegistryImage{}, false
	}
	return build.RegistryImage{Digest: raw.Digest, Manifest: raw.Raw, Config: raw.Config}, true
}

// actor names who moves channels, for the history: the CI job's user and
// pipeline, else user@machine.
func actor() string {
	for _, name := range []string{"GITHUB_ACTOR", "GITLAB_USER_LOGIN"} {
		if v := os.Getenv(name); v != "" {
			return v
		}
	}
	name := os.Getenv("USER")
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if host, err := os.Hostname(); err == nil {
		name += "@" + host
	}
	return name
}
