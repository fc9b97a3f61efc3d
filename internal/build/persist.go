package build

import (
	"context"

	"github.com/werf/werf/v2/pkg/docker_registry"
	"github.com/werf/werf/v2/pkg/docker_registry/api"
	"github.com/werf/werf/v2/pkg/image"
	"github.com/werf/werf/v2/pkg/storage"
	"github.com/werf/werf/v2/pkg/storage/manager"

	"github.com/modship/modship/internal/werfenv"
)

// persistent is a registry whose operations are repeated while they fail for a
// moment: werf's client repeats some of its requests only.
type persistent struct{ docker_registry.Interface }

var _ docker_registry.Interface = persistent{}

// persist lets all repositories of m be used through persistent.
func persist(m *manager.StorageManager) {
	storages := append([]storage.StagesStorage{m.StagesStorage, m.FinalStagesStorage}, m.SecondaryStagesStorageList...)
	for _, s := range append(storages, m.CacheStagesStorageList...) {
		if repo, ok := s.(*storage.RepoStagesStorage); ok {
			repo.DockerRegistry = persistent{repo.DockerRegistry}
		}
	}
}

// Tags lists the tags of a repository.
func (p persistent) Tags(ctx context.Context, ref string, opts ...docker_registry.Option) (tags []string, err error) {
	err = werfenv.Persist(ctx, func() error { tags, err = p.Interface.Tags(ctx, ref, opts...); return err })
	return tags, err
}

// TryGetRepoImage reads an image that may not exist.
func (p persistent) TryGetRepoImage(ctx context.Context, ref string) (info *image.Info, err error) {
	err = werfenv.Persist(ctx, func() error { info, err = p.Interface.TryGetRepoImage(ctx, ref); return err })
	return info, err
}

// GetRepoImage reads an image.
func (p persistent) GetRepoImage(ctx context.Context, ref string) (info *image.Info, err error) {
	err = werfenv.Persist(ctx, func() error { info, err = p.Interface.GetRepoImage(ctx, ref); return err })
	return info, err
}

// TagRepoImage puts another tag on an image.
func (p persistent) TagRepoImage(ctx context.Context, info *image.Info, tag string) error {
	return werfenv.Persist(ctx, func() error { return p.Interface.TagRepoImage(ctx, info, tag) })
}

// IsTagExist looks for a tag.
func (p persistent) IsTagExist(ctx context.Context, ref string, opts ...docker_registry.Option) (found bool, err error) {
	err = werfenv.Persist(ctx, func() error { found, err = p.Interface.IsTagExist(ctx, ref, opts...); return err })
	return found, err
}

// MutateAndPushImage writes an image with another configuration or manifest. The
// changes set values, so doing it again gives the same image.
func (p persistent) MutateAndPushImage(ctx context.Context, from, to string, opts ...api.MutateOption) error {
	return werfenv.Persist(ctx, func() error { return p.Interface.MutateAndPushImage(ctx, from, to, opts...) })
}

// PushImage writes an image without layers, as werf keeps its metadata in.
func (p persistent) PushImage(ctx context.Context, ref string, opts *docker_registry.PushImageOptions) error {
	return werfenv.Persist(ctx, func() error { return p.Interface.PushImage(ctx, ref, opts) })
}

// CopyImage copies an image.
func (p persistent) CopyImage(ctx context.Context, from, to string, opts docker_registry.CopyImageOptions) error {
	return werfenv.Persist(ctx, func() error { return p.Interface.CopyImage(ctx, from, to, opts) })
}

// PushManifestList writes an index.
func (p persistent) PushManifestList(ctx context.Context, ref string, opts docker_registry.ManifestListOptions) error {
	return werfenv.Persist(ctx, func() error { return p.Interface.PushManifestList(ctx, ref, opts) })
}
