package build

import (
	"context"
	"sync"

	"github.com/werf/werf/v2/pkg/build/image"
	"github.com/werf/werf/v2/pkg/git_repo"
)

// queuedRepository is a git repository that is asked for one patch or archive at a
// time.
//
// werf makes each of them under a lock of this machine, and who finds it taken looks
// again after half a second (lockgate, file_lock.pollLock): of the images that are
// looked at together on a new commit, nearly all would wait for nothing.
type queuedRepository struct {
	git_repo.GitRepo
	turn *sync.Mutex
}

// GetOrCreatePatch makes a patch of what differs between two commits.
func (r queuedRepository) GetOrCreatePatch(ctx context.Context, opts git_repo.PatchOptions) (git_repo.Patch, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	return r.GitRepo.GetOrCreatePatch(ctx, opts)
}

// GetOrCreateArchive makes an archive of a commit.
func (r queuedRepository) GetOrCreateArchive(ctx context.Context, opts git_repo.ArchiveOptions) (git_repo.Archive, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	return r.GitRepo.GetOrCreateArchive(ctx, opts)
}

// queueGit lets the stages of an image take turns with those of other images.
func queueGit(img *image.Image, turn *sync.Mutex) {
	for _, s := range img.GetStages() {
		for _, mapping := range s.GetGitMappings() {
			if _, already := mapping.GitRepo().(queuedRepository); !already {
				mapping.SetGitRepo(queuedRepository{mapping.GitRepo(), turn})
			}
		}
	}
}
