package werfenv

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gofrs/flock"
	"github.com/werf/werf/v2/pkg/container_backend"
	"github.com/werf/werf/v2/pkg/image"
)

// ShrinkStorage removes images from the container storage, the oldest first,
// until enough reports true. They are copies of what registries have. Nothing is
// removed while another build uses the storage; file is its lock. Docker keeps its
// storage itself.
func (p *Process) ShrinkStorage(ctx context.Context, file string, enough func() (bool, error)) error {
	if _, ok := p.Backend.(*container_backend.BuildahBackend); !ok {
		return nil
	}
	lock := flock.New(file)
	if alone, err := lock.TryLock(); err != nil || !alone {
		return err
	}
	defer lock.Unlock() //nolint:errcheck // it ends with the process
	images, err := p.Backend.Images(ctx, container_backend.ImagesOptions{})
	if err != nil {
		return fmt.Errorf("list the images in the container storage: %w", err)
	}
	slices.SortFunc(images, func(a, b image.Summary) int { return a.Created.Compare(b.Created) })
	var failed error
	for _, img := range images {
		if done, err := enough(); err != nil || done || ctx.Err() != nil {
			return errors.Join(failed, err)
		}
		// An image that another one is built on cannot be removed before it.
		if err := p.Backend.Rmi(ctx, img.ID, container_backend.RmiOpts{Force: true}); err != nil {
			failed = fmt.Errorf("remove image %s from the container storage: %w", img.ID, err)
		}
	}
	return failed
}
