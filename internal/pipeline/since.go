package pipeline

import (
	"context"
	"errors"

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

	modes    []string        // files of which only the mode differs
	modeless map[string]bool // images to which that is nothing
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
	r := &run{opts: opts, readOnly: true}
	since := &Since{}
	result, err := r.steps(ctx, []step{
		{"prepare", r.prepare},
		{"read the repository", r.read},
		{"compare with " + rev, func(ctx context.Context) error { return r.readSince(ctx, rev, since) }},
	})
	if err != nil {
		return nil, err
	}
	since.Result = *result
	return since, nil
}

func (r *run) readSince(ctx context.Context, rev string, since *Since) error {
	repository := git.At(r.opts.Settings.Dir.Value)
	commit, err := repository.Resolve(ctx, rev)
	if errors.Is(err, git.ErrNoCommit) {
		return exit.With(exit.Usage, err,
			"Give a commit, tag or branch that is in this clone; a shallow clone may lack it (git fetch --unshallow).")
	}
	if err != nil {
		return err
	}
	if since.Changes, err = repository.Diff(ctx, commit, r.result.Config.Commit); err != nil {
		return err
	}
	at, err := r.earlier(ctx, commit)
	if err != nil {
		return err
	}
	opts := werfcfg.ReadOptions{Targets: r.targets(), RunDir: r.dir.Path}
	if since.Before, err = r.result.Config.ReadEarlier(r.werfCtx, r.process, opts, at); err != nil {
		return err
	}
	return errors.Join(since.Before.AdoptGlobs(r.werfCtx, r.result.Config), r.ignoreModes(since), since.Before.Forget())
}

// ignoreModes finds the images to which the modes of files are nothing.
func (r *run) ignoreModes(since *Since) error {
	since.modes = nil
	for _, c := range since.Changes {
		if c.Kind == git.ModeOnly {
			since.modes = append(since.modes, c.Path)
		}
	}
	if len(since.modes) == 0 {
		return nil
	}
	since.modeless = map[string]bool{}
	for _, impact := range graph.Affected(since.Before.Graph, r.result.Config.Graph, since.modes, graph.AffectedOptions{}) {
		matter, err := r.result.Config.ModesMatter(r.werfCtx, since.Before, impact.Name)
		if err != nil {
			return err
		}
		since.modeless[impact.Name] = !matter
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
