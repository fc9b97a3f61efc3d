package pipeline

import (
	"context"
	"path/filepath"

	"github.com/modship/modship/internal/git"
	"github.com/modship/modship/pkg/werfcfg"
)

// earlier makes a repository at commit in the directory of this run. Unlike a
// work tree it leaves nothing in the user's repository.
func (r *run) earlier(ctx context.Context, commit string) (werfcfg.Earlier, error) {
	repository := git.At(r.opts.Settings.Dir.Value)
	at := werfcfg.Earlier{Dir: filepath.Join(r.dir.Path, "before-"+commit), Commit: commit}
	err := repository.Borrow(ctx, commit, at.Dir)
	if err != nil {
		return at, err
	}
	if at.Files, err = repository.Files(ctx, commit); err != nil {
		return at, err
	}
	// No commit has base_images.yml.
	at.Beside, err = repository.Untracked(ctx, "*.yml", "*.yaml", ".werf")
	return at, err
}
