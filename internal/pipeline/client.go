package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"

	"github.com/modship/modship/internal/build"
	"github.com/modship/modship/internal/logins"
	"github.com/modship/modship/internal/werfenv"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/publish"
	"github.com/modship/modship/pkg/remote"
)

// ClientOptions says which registry a client is for.
type ClientOptions struct {
	Repository module.Repository
	Flags      *werfenv.Flags // for werf's registry flags; may be nil
	Logins     Logins         // nil reads them
	Log        func(format string, args ...any)
}

// clientJobs is how many requests are under way at once. Looking up the stages
// of a module is hundreds of small reads, each as long as the registry is far.
const clientJobs = 16

// NewClient returns a registry client with the logins that the build uses.
func NewClient(opts ClientOptions) *remote.Client {
	o := remote.ClientOptions{Log: opts.Log, Jobs: clientJobs}
	if opts.Flags != nil {
		d := opts.Flags.Data()
		o.Insecure, o.SkipTLSVerify = *d.InsecureRegistry, *d.SkipTlsVerifyRegistry
	}
	// Not used where they are for another registry, but told of.
	o.Host, o.Username, o.Password = os.Getenv(logins.EnvRegistry), os.Getenv(logins.EnvLogin), os.Getenv(logins.EnvPassword)
	o.Keychain = opts.Logins
	if opts.Logins == nil {
		o.Keychain = ReadLogins(opts.Repository, opts.Flags)
	}
	return remote.NewClient(o)
}

// NewPublisher returns a publisher that records the CI job or user in the
// history of channels.
func NewPublisher(client *remote.Client, logf func(format string, args ...any)) *publish.Publisher {
	return publish.New(client, publish.NewOptions{Actor: actor(), Log: logf})
}

// realRegistry is the registry of the program itself.
type realRegistry struct {
	*remote.Client
	*publish.Publisher
}

// Reach implements [Registry].
func (r realRegistry) Reach(ctx context.Context, repository module.Repository) error {
	return r.Client.Reach(ctx, repository.BundleRepo())
}

// Login implements [Registry].
func (r realRegistry) Login(ctx context.Context, repository module.Repository) error {
	return r.Client.Login(ctx, publish.Access(repository))
}

var _ Registry = realRegistry{}

// ReadImage implements [build.Registry].
func (r realRegistry) ReadImage(ctx context.Context, ref string) (build.RegistryImage, bool, error) {
	raw, found, err := r.RawImage(ctx, ref)
	if err != nil || !found {
		return build.RegistryImage{}, false, err
	}
	if raw.Config == nil {
		return build.RegistryImage{}, false, fmt.Errorf("read %s: it is an index of several platforms", ref)
	}
	return build.RegistryImage{Digest: raw.Digest, Manifest: raw.Raw, Config: raw.Config}, true, nil
}

// PutBlob implements [build.Registry].
func (r realRegistry) PutBlob(ctx context.Context, repository string, blob build.Blob) error {
	return r.Client.PutBlob(ctx, repository, remote.Blob{Digest: blob.Digest, Size: blob.Size, Open: blob.Open})
}

// CopyBlob implements [build.Registry].
func (r realRegistry) CopyBlob(ctx context.Context, from, to string, blob build.Layer) error {
	source, err := r.ParseRepository(from)
	if err != nil {
		return err
	}
	return r.Client.PutBlob(ctx, to, remote.Blob{Digest: blob.Digest, Size: blob.Size, From: source})
}

// PutManifest implements [build.Registry].
func (r realRegistry) PutManifest(ctx context.Context, ref, mediaType string, manifest []byte) error {
	err := r.PutRaw(ctx, ref, mediaType, manifest)
	if errors.Is(err, remote.ErrMissingBlobs) {
		return fmt.Errorf("%w: %w", build.ErrMissingBlobs, err)
	}
	return err
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
