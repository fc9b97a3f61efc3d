package pipeline

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/git"
	"github.com/modship/modship/pkg/graph"
	"github.com/modship/modship/pkg/werfcfg"
)

// Since is the module at an earlier commit, beside the present one.
type Since struct {
	Result
	Before  *werfcfg.Config // at the earlier commit
	Changes []git.Change    // between the commits

	now      *werfcfg.Config
	modes    []string        // files of which only the mode differs
	modeless map[string]bool // images whose digests do not depend on modes
}

// Paths are the paths of changes.
func Paths(changes []git.Change) []string {
	var paths []string
	for _, c := range changes {
		paths = append(paths, c.Path)
	}
	return paths
}

// ReadSince reads the repository at its present commit and at rev.
func ReadSince(ctx context.Context, opts Options, rev string) (*Since, error) {
	j := newJob(opts)
	j.readOnly = true
	var since *Since
	result, err := j.run(ctx, func(j *job, ctx context.Context, result *Result) error {
		source, ctx, err := j.open(ctx, result)
		if err != nil {
			return err
		}
		defer source.close()
		return step(ctx, "compare with "+rev, func(ctx context.Context) error {
			since, err = source.since(ctx, rev)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	since.Result = *result
	return since, nil
}

// since reads the module as it was at rev.
func (s *source) since(ctx context.Context, rev string) (*Since, error) {
	commit, err := s.Git.Resolve(ctx, rev)
	if errors.Is(err, git.ErrNoCommit) {
		return nil, exit.With(exit.Usage, err,
			"Give a commit, tag or branch that is in this clone; a shallow clone may lack it (git fetch --unshallow).")
	}
	if err != nil {
		return nil, err
	}
	since := &Since{now: s.config}
	if since.Changes, err = s.Git.Diff(ctx, commit, s.config.Commit); err != nil {
		return nil, err
	}
	at, err := s.earlier(ctx, commit)
	if err != nil {
		return nil, err
	}
	opts := werfcfg.ReadOptions{Targets: s.targets(), RunDir: s.dir.Path}
	if since.Before, err = s.werf.ReadEarlier(ctx, s.config, opts, at); err != nil {
		return nil, err
	}
	return since, errors.Join(since.Before.AdoptGlobs(ctx, s.config), since.ignoreModes(ctx), since.Before.Forget())
}

// earlier makes a repository at commit in the directory of this run. Unlike a
// work tree it leaves nothing in the user's repository.
func (s *source) earlier(ctx context.Context, commit string) (werfcfg.Earlier, error) {
	at := werfcfg.Earlier{Dir: filepath.Join(s.dir.Path, "before-"+commit), Commit: commit}
	err := s.Git.Borrow(ctx, commit, at.Dir)
	if err != nil {
		return at, err
	}
	if at.Files, err = s.Git.Files(ctx, commit); err != nil {
		return at, err
	}
	// No commit has base_images.yml.
	at.Beside, err = s.Git.Untracked(ctx, "*.yml", "*.yaml", ".werf")
	return at, err
}

// ignoreModes finds images whose digests do not depend on file modes.
func (s *Since) ignoreModes(ctx context.Context) error {
	for _, c := range s.Changes {
		if c.Kind == git.ModeOnly {
			s.modes = append(s.modes, c.Path)
		}
	}
	if len(s.modes) == 0 {
		return nil
	}
	s.modeless = map[string]bool{}
	for _, impact := range graph.Affected(s.Before.Graph, s.now.Graph, s.modes, graph.AffectedOptions{}) {
		matter, err := s.now.ModesMatter(ctx, s.Before, impact.Name)
		if err != nil {
			return err
		}
		s.modeless[impact.Name] = !matter
	}
	return nil
}

// Affected returns the images of a part of the graph that cannot be the same as
// at the earlier commit.
func (s *Since) Affected(view *graph.Graph) []graph.Impact {
	return graph.Affected(s.Before.Graph, view, Paths(s.Changes), graph.AffectedOptions{Ignored: func(image string) []string {
		if s.modeless[image] {
			return s.modes
		}
		return nil
	}})
}
