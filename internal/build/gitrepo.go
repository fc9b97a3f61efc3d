package build

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/werf/werf/v2/pkg/build/image"
	"github.com/werf/werf/v2/pkg/git_repo"

	"github.com/modship/modship/internal/git"
	"github.com/modship/modship/pkg/werfcfg"
)

// gitRepositories are the git repositories of a build. All images share them, so
// that none waits for, or asks again, what another one knows.
type gitRepositories struct {
	// turn is held by who makes a patch or an archive. werf makes each of them
	// under a lock of this machine, and who finds it taken looks again after half
	// a second (lockgate, file_lock.pollLock): of the images that are looked at
	// together on a new commit, nearly all would wait for nothing.
	turn sync.Mutex

	mu     sync.Mutex
	shared map[git_repo.GitRepo]*gitRepository
}

func newGitRepositories() *gitRepositories {
	return &gitRepositories{shared: map[git_repo.GitRepo]*gitRepository{}}
}

// share returns what all images of the build use for a repository.
func (g *gitRepositories) share(repo git_repo.GitRepo) *gitRepository {
	g.mu.Lock()
	defer g.mu.Unlock()
	if shared, already := repo.(*gitRepository); already {
		return shared
	}
	if g.shared[repo] == nil {
		g.shared[repo] = &gitRepository{GitRepo: repo, turn: &g.turn, ancestry: map[commits]bool{}, changes: map[commits][]git.Change{}}
	}
	return g.shared[repo]
}

// shareAll makes the stages of an image use what all images share.
func (g *gitRepositories) shareAll(img *image.Image) {
	for _, s := range img.GetStages() {
		for _, mapping := range s.GetGitMappings() {
			mapping.SetGitRepo(g.share(mapping.GitRepo()))
		}
	}
}

// gitRepository is a git repository that makes one patch or archive at a time and
// runs git once for what werf asks for each image.
type gitRepository struct {
	git_repo.GitRepo
	turn *sync.Mutex

	mu       sync.Mutex // held while git runs: the next one mostly asks the same
	ancestry map[commits]bool
	changes  map[commits][]git.Change
}

// commits are two commits that are compared.
type commits struct{ from, to string }

// GetOrCreatePatch makes a patch of what differs between two commits. werf lets git
// compare all files, twice for each image that was built from an earlier commit,
// and then leaves out those of other images: mostly nothing is left.
func (r *gitRepository) GetOrCreatePatch(ctx context.Context, opts git_repo.PatchOptions) (git_repo.Patch, error) {
	if r.IsLocal() && r.leavesNothing(ctx, opts) {
		return noPatch{}, nil
	}
	r.turn.Lock()
	defer r.turn.Unlock()
	return r.GitRepo.GetOrCreatePatch(ctx, opts)
}

// GetOrCreateArchive makes an archive of a commit.
func (r *gitRepository) GetOrCreateArchive(ctx context.Context, opts git_repo.ArchiveOptions) (git_repo.Archive, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	return r.GitRepo.GetOrCreateArchive(ctx, opts)
}

// IsAncestor reports whether a commit is an ancestor of another one. werf asks for
// each stage that the repository has, and fetches nothing in between.
func (r *gitRepository) IsAncestor(ctx context.Context, ancestor, descendant string) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	pair := commits{ancestor, descendant}
	if yes, known := r.ancestry[pair]; known {
		return yes, nil
	}
	yes, err := r.GitRepo.IsAncestor(ctx, ancestor, descendant)
	if err == nil {
		r.ancestry[pair] = yes
	}
	return yes, err
}

// leavesNothing reports whether no file that a patch is about differs, as werf's
// patches leave out files (true_git, diffParser.handleDiffBegin). What git cannot
// compare, and the files of a submodule, are left to werf.
func (r *gitRepository) leavesNothing(ctx context.Context, opts git_repo.PatchOptions) bool {
	changes, err := r.changed(ctx, commits{opts.FromCommit, opts.ToCommit})
	return err == nil && !slices.ContainsFunc(changes, func(c git.Change) bool {
		return strings.HasSuffix(c.Path, "/") || opts.PathMatcher.IsPathMatched(c.Path)
	})
}

// changed lists the files that differ between two commits.
func (r *gitRepository) changed(ctx context.Context, pair commits) ([]git.Change, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if changes, known := r.changes[pair]; known {
		return changes, nil
	}
	changes, err := git.At(r.GetWorkTreeDir()).Diff(ctx, pair.from, pair.to)
	if err == nil {
		r.changes[pair] = changes
	}
	return changes, err
}

// noPatch is a patch without a file.
type noPatch struct{}

func (noPatch) GetFilePath() string        { return os.DevNull } // werf reads it
func (noPatch) IsEmpty() bool              { return true }
func (noPatch) HasBinary() bool            { return false }
func (noPatch) GetPaths() []string         { return nil }
func (noPatch) GetBinaryPaths() []string   { return nil }
func (noPatch) GetPathsToRemove() []string { return nil }

// knowWhole spares werf to run git for each image to see whether the history of the
// module's repository is cut off: one that is whole stays so.
func knowWhole(ctx context.Context, c *werfcfg.Config) error {
	shallow, err := c.IsShallow(ctx)
	if err != nil {
		return fmt.Errorf("look for a shallow clone: %w", err)
	}
	if !shallow {
		dispensable := true
		c.Werf.Meta.GitWorktree.ForceShallowClone = &dispensable
	}
	return nil
}
