package werfenv

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
	"github.com/werf/werf/v2/pkg/container_backend"
	"github.com/werf/werf/v2/pkg/host_cleaning"
)

// buildContainerPrefix begins the names of the containers in which werf lets
// Buildah work (werf, buildah_backend.go, createContainers).
const buildContainerPrefix = "werf-"

// UseStorage marks the container storage as used by this process until release
// is called. If no other run uses it the containers of builds that were killed
// are removed first: each holds the layer it was working on. File is the lock.
// Docker keeps its storage itself: there their containers are ended.
func (p *Process) UseStorage(ctx context.Context, file string) (release func(), err error) {
	if _, ok := p.Backend.(*container_backend.BuildahBackend); !ok {
		return func() {}, p.EndContainers(ctx)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, fmt.Errorf("create folder for the container storage: %w", err)
	}
	lock := flock.New(file)
	alone, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock the container storage: %w", err)
	}
	if alone {
		err = p.removeLeftContainers(ctx)
	}
	if err := errors.Join(err, lock.RLock()); err != nil {
		return nil, errors.Join(err, lock.Unlock())
	}
	return func() { _ = lock.Unlock() }, nil
}

func (p *Process) removeLeftContainers(ctx context.Context) error {
	containers, err := p.Backend.Containers(ctx, container_backend.ContainersOptions{})
	if err != nil {
		return fmt.Errorf("look for the containers of killed builds: %w", err)
	}
	for _, container := range containers {
		if len(container.Names) == 0 || !strings.HasPrefix(container.Names[0], buildContainerPrefix) {
			continue
		}
		if err := p.Backend.Rm(ctx, container.ID, container_backend.RmOpts{Force: true}); err != nil {
			return fmt.Errorf("remove container %s of a killed build: %w", container.Names[0], err)
		}
	}
	return nil
}

// CleanHost does what `werf build` starts in the background after a build:
// where the disk is fuller than werf's flags allow, stages that were not used
// for longest are removed from the container storage, and old entries from
// werf's caches. It can be switched off with WERF_DISABLE_AUTO_HOST_CLEANUP.
func (p *Process) CleanHost(ctx context.Context) error {
	data := p.Flags.Data()
	if p.Backend == nil || *data.DisableAutoHostCleanup || data.ProjectName != nil && *data.ProjectName != "" {
		return nil
	}
	err := host_cleaning.RunHostCleanup(ctx, p.Backend, host_cleaning.HostCleanupOptions{
		AllowedBackendStorageVolumeUsage:       data.AllowedBackendStorageVolumeUsage,
		AllowedBackendStorageVolumeUsageMargin: data.AllowedBackendStorageVolumeUsageMargin,
		AllowedLocalCacheVolumeUsage:           data.AllowedLocalCacheVolumeUsage,
		AllowedLocalCacheVolumeUsageMargin:     data.AllowedLocalCacheVolumeUsageMargin,
		BackendStoragePath:                     data.BackendStoragePath,
	})
	if err != nil {
		return fmt.Errorf("remove old stages from this machine: %w", err)
	}
	return nil
}
