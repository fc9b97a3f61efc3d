package werfenv

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/containerd/containerd/platforms"
	"github.com/werf/werf/v2/pkg/buildah"
	"github.com/werf/werf/v2/pkg/buildah/thirdparty"
	"github.com/werf/werf/v2/pkg/container_backend/info"
	"github.com/werf/werf/v2/pkg/docker_registry"
	"github.com/werf/werf/v2/pkg/image"
)

// ErrLookUp means that the content of an image is needed where only a look-up
// was asked for ([LookUp]).
var ErrLookUp = errors.New("the content of an image is needed, which only a build reads")

// lookUpBuildah stands for Buildah where nothing is built: it knows what enters
// the digests of stages, and has neither a container storage nor a need for the
// rights that one takes. Everything else is [ErrLookUp].
type lookUpBuildah struct {
	// config returns what a registry says of an image.
	config func(ctx context.Context, ref string) (*image.Info, error)
}

var _ buildah.Buildah = lookUpBuildah{}

func newLookUpBuildah() lookUpBuildah {
	return lookUpBuildah{config: func(ctx context.Context, ref string) (*image.Info, error) {
		return docker_registry.API().GetRepoImage(ctx, ref)
	}}
}

// GetRuntimePlatform returns the platform of this machine, as Buildah does.
func (lookUpBuildah) GetRuntimePlatform() string { return platforms.Format(platforms.DefaultSpec()) }

// GetDefaultPlatform returns the platform of this machine, as Buildah does.
func (b lookUpBuildah) GetDefaultPlatform() string { return b.GetRuntimePlatform() }

// Inspect returns the configuration of an image, from its registry. A base
// image's environment enters the digests of a staged Dockerfile.
func (b lookUpBuildah) Inspect(ctx context.Context, ref string) (*thirdparty.BuilderInfo, error) {
	found, err := b.config(ctx, ref)
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(map[string]any{
		"created": found.GetCreatedAt(), "size": found.Size,
		"config": map[string]any{"Env": found.Env, "Labels": found.Labels, "OnBuild": found.OnBuild, "Volumes": found.Volumes},
	})
	if err != nil {
		return nil, err
	}
	// The type of the field differs between systems, its JSON does not.
	builder := &thirdparty.BuilderInfo{}
	if err := json.Unmarshal(data, &builder.Docker); err != nil {
		return nil, fmt.Errorf("read the configuration of %s: %w", ref, err)
	}
	return builder, nil
}

// Images lists nothing: there is no storage.
func (lookUpBuildah) Images(context.Context, buildah.ImagesOptions) (image.ImagesList, error) {
	return nil, nil
}

// Containers lists nothing.
func (lookUpBuildah) Containers(context.Context, buildah.ContainersOptions) (image.ContainerList, error) {
	return nil, nil
}

func (lookUpBuildah) Info(context.Context) (info.Info, error) { return info.Info{}, ErrLookUp }

func (lookUpBuildah) Tag(context.Context, string, string, buildah.TagOpts) error { return ErrLookUp }

func (lookUpBuildah) Push(context.Context, string, buildah.PushOpts) error { return ErrLookUp }

func (lookUpBuildah) Pull(context.Context, string, buildah.PullOpts) error { return ErrLookUp }

func (lookUpBuildah) Rm(context.Context, string, buildah.RmOpts) error { return ErrLookUp }

func (lookUpBuildah) Rmi(context.Context, string, buildah.RmiOpts) error { return ErrLookUp }

func (lookUpBuildah) Umount(context.Context, string, buildah.UmountOpts) error { return ErrLookUp }

func (lookUpBuildah) Config(context.Context, string, buildah.ConfigOpts) error { return ErrLookUp }

func (lookUpBuildah) BuildFromDockerfile(context.Context, string, buildah.BuildFromDockerfileOpts) (string, error) {
	return "", ErrLookUp
}

func (lookUpBuildah) RunCommand(context.Context, string, []string, buildah.RunCommandOpts) error {
	return ErrLookUp
}

func (lookUpBuildah) FromCommand(context.Context, string, string, buildah.FromCommandOpts) (string, error) {
	return "", ErrLookUp
}

func (lookUpBuildah) Mount(context.Context, string, buildah.MountOpts) (string, error) {
	return "", ErrLookUp
}

func (lookUpBuildah) Commit(context.Context, string, buildah.CommitOpts) (string, error) {
	return "", ErrLookUp
}

func (lookUpBuildah) Copy(context.Context, string, string, []string, string, buildah.CopyOpts) error {
	return ErrLookUp
}

func (lookUpBuildah) Add(context.Context, string, []string, string, buildah.AddOpts) error {
	return ErrLookUp
}

func (lookUpBuildah) PruneImages(context.Context, buildah.PruneImagesOptions) (buildah.PruneImagesReport, error) {
	return buildah.PruneImagesReport{}, ErrLookUp
}

func (lookUpBuildah) SaveImageToStream(context.Context, string) (io.ReadCloser, error) {
	return nil, ErrLookUp
}

func (lookUpBuildah) LoadImageFromStream(context.Context, io.Reader) (string, error) {
	return "", ErrLookUp
}
