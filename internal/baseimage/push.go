package baseimage

import (
	"context"
	"fmt"
	"net/http"
	"runtime"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// Repository is where the base image lives in a registry.
const Repository = "base/toolbox"

// PushOptions are the options of [Push].
type PushOptions struct {
	CompileOptions
	// SourceDir is the toolbox's directory; empty means [SourceDir]'s.
	SourceDir string
	// Keychain gives the registry's credentials; nil means the Docker
	// configuration's.
	Keychain authn.Keychain
	// Transport carries the requests; nil means ggcr's default.
	Transport http.RoundTripper
}

// Push compiles the toolbox if need be, puts the base image into the registry
// (host:port) and returns its reference, <registry>/base/toolbox:<tag>. An
// image that is there with the same digest is not uploaded again. A registry
// on loopback is spoken to without TLS.
func Push(ctx context.Context, registry string, opts PushOptions) (string, error) {
	if opts.SourceDir == "" {
		found, err := SourceDir(ctx)
		if err != nil {
			return "", err
		}
		opts.SourceDir = found
	}
	if opts.Arch == "" {
		opts.Arch = runtime.GOARCH
	}
	tag, err := Tag(opts.SourceDir)
	if err != nil {
		return "", err
	}
	ref, err := name.NewTag(registry + "/" + Repository + ":" + tag)
	if err != nil {
		return "", fmt.Errorf("base image in registry %q: %w", registry, err)
	}
	binary, err := Compile(ctx, opts.SourceDir, opts.CompileOptions)
	if err != nil {
		return "", err
	}
	image, err := Image(binary, opts.SourceDir, opts.Arch)
	if err != nil {
		return "", err
	}
	if err := remote.Write(ref, image, opts.remote(ctx)...); err != nil {
		return "", fmt.Errorf("push the base image %s: %w", ref, err)
	}
	return ref.String(), nil
}

func (o PushOptions) remote(ctx context.Context) []remote.Option {
	keychain := o.Keychain
	if keychain == nil {
		keychain = authn.DefaultKeychain
	}
	options := []remote.Option{remote.WithContext(ctx), remote.WithAuthFromKeychain(keychain)}
	if o.Transport != nil {
		options = append(options, remote.WithTransport(o.Transport))
	}
	return options
}
