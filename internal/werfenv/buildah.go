package werfenv

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"

	"github.com/containers/storage"
	"github.com/werf/logboek"
	"github.com/werf/werf/v2/cmd/werf/common"
	"github.com/werf/werf/v2/pkg/buildah"
	"github.com/werf/werf/v2/pkg/werf"
)

// newBuildah opens the embedded Buildah as werf does
// (cmd/werf/common/container_backend.go), with pushes and pulls that are
// repeated ([Persist]).
func newBuildah(ctx context.Context, flags *Flags, mirrors []string) (*ownBuildah, error) {
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

// A Carrier moves images between the container storage and a registry in the
// place of Buildah.
type Carrier interface {
	// Push pushes the image that the storage has under ref. It returns false if it
	// has left that to Buildah.
	Push(ctx context.Context, store storage.Store, ref string) (bool, error)
	// Find returns the id of the image in the storage that the registry has under
	// ref, empty if that one is not there.
	Find(ctx context.Context, store storage.Store, ref string) (id string)
}

// Carry lets a carrier push and pull what it can. With Docker it does nothing.
func (p *Process) Carry(c Carrier) {
	if p.buildah != nil {
		p.buildah.carrier = c
	}
}

// ownBuildah is Buildah with pushes and pulls that are repeated or done by a
// carrier, and helper processes that start quickly.
type ownBuildah struct {
	buildah.Buildah

	carrier       Carrier // nil without one
	installHelper sync.Once

	pulls sync.Map // reference: *pulls
}

// pulls are what this run has pulled under one reference. One pull at a time:
// images that start at once from the same base image need it once.
type pulls struct {
	mu  sync.Mutex
	ids map[string]string // image id by platform
}

func (b *ownBuildah) pullsOf(ref string) *pulls {
	p, _ := b.pulls.LoadOrStore(ref, &pulls{ids: map[string]string{}})
	return p.(*pulls)
}

// prepare does what building or pulling an image needs and finding one does not.
func (b *ownBuildah) prepare(ctx context.Context) {
	b.installHelper.Do(func() {
		if err := installHelper(); err != nil {
			logboek.Context(ctx).Warn().LogF("Buildah's helpers start slowly: %s\n", err)
		}
	})
}

// find returns the id of an image that need not be pulled.
func (b *ownBuildah) find(ctx context.Context, ref, platform string) (id string) {
	store := storeOf(b.Buildah)
	if store == nil {
		return ""
	}
	pulled := b.pullsOf(ref)
	pulled.mu.Lock()
	defer pulled.mu.Unlock()
	if id = pulled.ids[platform]; id != "" && store.Exists(id) {
		return id
	}
	if b.carrier == nil {
		return ""
	}
	return b.carrier.Find(ctx, store, ref)
}

// FromCommand makes a container from an image, the first step of a stage. By its
// name Buildah would compare the image with that of the registry, whose manifest
// is another, and pull it.
func (b *ownBuildah) FromCommand(ctx context.Context, container, image string, opts buildah.FromCommandOpts) (string, error) {
	b.prepare(ctx)
	if id := b.find(ctx, image, opts.TargetPlatform); id != "" {
		image = id
	}
	return b.Buildah.FromCommand(ctx, container, image, opts)
}

// BuildFromDockerfile builds an image that is described by a Dockerfile.
func (b *ownBuildah) BuildFromDockerfile(ctx context.Context, dockerfile string, opts buildah.BuildFromDockerfileOpts) (string, error) {
	b.prepare(ctx)
	return b.Buildah.BuildFromDockerfile(ctx, dockerfile, opts)
}

// Push pushes an image.
func (b *ownBuildah) Push(ctx context.Context, ref string, opts buildah.PushOpts) error {
	if store := storeOf(b.Buildah); store != nil && b.carrier != nil {
		if done, err := b.carrier.Push(ctx, store, ref); done || err != nil {
			return err
		}
	}
	return Persist(ctx, func() error { return b.Buildah.Push(ctx, ref, opts) })
}

// Pull pulls an image.
func (b *ownBuildah) Pull(ctx context.Context, ref string, opts buildah.PullOpts) error {
	if b.find(ctx, ref, opts.TargetPlatform) != "" {
		return nil
	}
	b.prepare(ctx)
	pulled := b.pullsOf(ref)
	pulled.mu.Lock()
	defer pulled.mu.Unlock()
	if pulled.ids[opts.TargetPlatform] != "" { // by another image, meanwhile
		return nil
	}
	if err := Persist(ctx, func() error { return b.Buildah.Pull(ctx, ref, opts) }); err != nil {
		return err
	}
	if store := storeOf(b.Buildah); store != nil {
		if image, err := store.Image(ref); err == nil {
			pulled.ids[opts.TargetPlatform] = image.ID
		}
	}
	return nil
}
