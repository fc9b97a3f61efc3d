package werfenv

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"

	"github.com/werf/logboek"
	"github.com/werf/werf/v2/cmd/werf/common"
	"github.com/werf/werf/v2/pkg/buildah"
	"github.com/werf/werf/v2/pkg/werf"
)

// newBuildah opens the embedded Buildah as werf does
// (cmd/werf/common/container_backend.go), with pushes and pulls that are
// repeated ([Persist]).
func newBuildah(ctx context.Context, flags *Flags, mirrors []string) (buildah.Buildah, error) {
	mode, isolation, err := common.GetBuildahMode()
	if err != nil {
		return nil, err
	}
	driver, err := common.GetBuildahStorageDriver()
	if err != nil {
		return nil, err
	}
	opts := buildah.CommonBuildahOpts{
		TmpDir: filepath.Join(werf.GetServiceDir(), "tmp", "buildah"), Isolation: isolation, StorageDriver: driver, RegistryMirrors: mirrors,
		Insecure: *flags.data.InsecureRegistry || *flags.data.SkipTlsVerifyRegistry,
	}
	if !opts.Insecure {
		if opts.InsecureRegistries, err = common.GetInsecureRegistryHosts(ctx, flags.data, *mode); err != nil {
			return nil, fmt.Errorf("get the insecure registries: %w", err)
		}
		if opts.StandaloneInsecureRegistries, err = buildah.GetStandaloneInsecureRegistriesFromConfig(ctx); err != nil {
			return nil, fmt.Errorf("get the insecure registries of the containers configuration: %w", err)
		}
	}
	b, err := buildah.NewBuildah(*mode, buildah.BuildahOpts{CommonBuildahOpts: opts})
	if err != nil {
		return nil, err
	}
	return &ownBuildah{Buildah: b}, nil
}

// ownBuildah is Buildah with pushes and pulls that are repeated, and helper
// processes that start quickly.
type ownBuildah struct {
	buildah.Buildah

	installHelper sync.Once
}

// prepare does what building or pulling an image needs and finding one does not.
func (b *ownBuildah) prepare(ctx context.Context) {
	b.installHelper.Do(func() {
		if err := installHelper(); err != nil {
			logboek.Context(ctx).Warn().LogF("Buildah's helpers start slowly: %s\n", err)
		}
	})
}

// FromCommand makes a container from an image, the first step of a stage.
func (b *ownBuildah) FromCommand(ctx context.Context, container, image string, opts buildah.FromCommandOpts) (string, error) {
	b.prepare(ctx)
	return b.Buildah.FromCommand(ctx, container, image, opts)
}

// BuildFromDockerfile builds an image that is described by a Dockerfile.
func (b *ownBuildah) BuildFromDockerfile(ctx context.Context, dockerfile string, opts buildah.BuildFromDockerfileOpts) (string, error) {
	b.prepare(ctx)
	return b.Buildah.BuildFromDockerfile(ctx, dockerfile, opts)
}

// Push pushes an image.
func (b *ownBuildah) Push(ctx context.Context, ref string, opts buildah.PushOpts) error {
	return Persist(ctx, func() error { return b.Buildah.Push(ctx, ref, opts) })
}

// Pull pulls an image.
func (b *ownBuildah) Pull(ctx context.Context, ref string, opts buildah.PullOpts) error {
	b.prepare(ctx)
	return Persist(ctx, func() error { return b.Buildah.Pull(ctx, ref, opts) })
}
