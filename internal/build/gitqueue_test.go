package build

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/werf/werf/v2/pkg/git_repo"
)

// busyRepository counts who asks it at the same time.
type busyRepository struct {
	git_repo.GitRepo
	now, most atomic.Int32
}

func (r *busyRepository) work() {
	now := r.now.Add(1)
	for most := r.most.Load(); now > most && !r.most.CompareAndSwap(most, now); most = r.most.Load() {
	}
	time.Sleep(time.Millisecond)
	r.now.Add(-1)
}

func (r *busyRepository) GetOrCreatePatch(context.Context, git_repo.PatchOptions) (git_repo.Patch, error) {
	r.work()
	return nil, nil
}

func (r *busyRepository) GetOrCreateArchive(context.Context, git_repo.ArchiveOptions) (git_repo.Archive, error) {
	r.work()
	return nil, nil
}

// TestQueuedRepository: patches and archives are made one at a time, whichever image
// asks for them.
func TestQueuedRepository(t *testing.T) {
	busy, turn := &busyRepository{}, &sync.Mutex{}
	var images sync.WaitGroup
	for range 8 {
		repository := queuedRepository{busy, turn}
		images.Go(func() {
			_, patched := repository.GetOrCreatePatch(t.Context(), git_repo.PatchOptions{})
			_, archived := repository.GetOrCreateArchive(t.Context(), git_repo.ArchiveOptions{})
			if patched != nil || archived != nil {
				t.Errorf("patch: %v, archive: %v", patched, archived)
			}
		})
	}
	images.Wait()
	if most := busy.most.Load(); most != 1 {
		t.Errorf("%d at the same time", most)
	}
}
