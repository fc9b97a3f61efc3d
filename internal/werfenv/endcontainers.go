package werfenv

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/client"
	"github.com/docker/docker/errdefs"
	"github.com/werf/werf/v2/pkg/container_backend"
	"github.com/werf/werf/v2/pkg/image"
)

// EndContainers ends the containers that the Docker daemon still runs for this
// process: when a build is cancelled werf's Docker client stops waiting for
// them and leaves them alone. Those of earlier runs whose temporary directory is
// gone are ended too: they were killed. With Buildah it does nothing.
func (p *Process) EndContainers(ctx context.Context) error {
	if _, ok := p.Backend.(*container_backend.BuildahBackend); ok || p.Backend == nil {
		return nil
	}
	docker, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		return fmt.Errorf("end the containers of the build: %w", err)
	}
	defer docker.Close()
	running, err := docker.ContainerList(ctx, container.ListOptions{Filters: filters.NewArgs(
		filters.Arg("name", image.StageContainerNamePrefix), filters.Arg("name", image.ImportServerContainerNamePrefix))})
	if err != nil {
		return fmt.Errorf("look for the containers of the build: %w", err)
	}
	over := slices.DeleteFunc(running, func(c types.Container) bool {
		return !slices.ContainsFunc(c.Mounts, func(m types.MountPoint) bool { return p.isOver(m.Source) })
	})
	// Killing is what matters, and quick; removing takes a busy daemon seconds.
	var errs []error
	for _, c := range over {
		if err := docker.ContainerKill(ctx, c.ID, "KILL"); err != nil && !client.IsErrNotFound(err) && !errdefs.IsConflict(err) {
			errs = append(errs, fmt.Errorf("end container %s: %w", c.ID, err))
		}
	}
	for _, c := range over {
		if err := docker.ContainerRemove(ctx, c.ID, container.RemoveOptions{Force: true}); err != nil && !client.IsErrNotFound(err) && !errdefs.IsConflict(err) {
			errs = append(errs, fmt.Errorf("remove container %s: %w", c.ID, err))
		}
	}
	return errors.Join(errs...)
}

// isOver reports whether a path is in the temporary directory of this run, or in one
// that was made as this one and is gone.
func (p *Process) isOver(path string) bool {
	base, own := filepath.Split(p.runDir)
	rest, ok := strings.CutPrefix(path, base)
	if !ok {
		return false
	}
	name, _, _ := strings.Cut(rest, string(filepath.Separator))
	if name == own {
		return true
	}
	// Names of run directories differ in what os.MkdirTemp put at their end.
	if prefix := own[:strings.LastIndexByte(own, '-')+1]; prefix == "" || !strings.HasPrefix(name, prefix) {
		return false
	}
	_, err := os.Stat(filepath.Join(base, name))
	return errors.Is(err, os.ErrNotExist)
}
