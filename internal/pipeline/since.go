package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/pkg/graph"
	"github.com/modship/modship/pkg/werfcfg"
)

// Since is the module at an earlier commit, beside the present one.
type Since struct {
	Result
	Before  *werfcfg.Config // at the earlier commit
	Changes []FileChange    // between the commits

	modes    []string        // files of which only the mode differs
	modeless map[string]bool // images to which that is nothing
}

// FileChange is one file of the repository that differs between two commits.
type FileChange struct {
	// Path is that in the repository, also when the project is a folder of it.
	// A submodule ends with a slash: which of its files differ is not known.
	Path string `json:"path"`
	Kind string `json:"kind"` // added, removed, changed, mode
}

// Paths are the paths of changes.
func Paths(changes []FileChange) []string {
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
	dir := r.opts.Settings.Dir.Value
	commit, err := gitOutput(ctx, dir, "rev-parse", "--verify", "--quiet", rev+"^{commit}")
	if err != nil {
		return exit.With(exit.Usage, fmt.Errorf("%s names no commit of this repository", rev),
			"Give a commit, tag or branch that is in this clone; a shallow clone may lack it (git fetch --unshallow).")
	}
	if since.Changes, err = changedFiles(ctx, dir, commit, r.result.Config.Commit); err != nil {
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
		if c.Kind == modeChange {
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

// changedFiles lists what differs between two commits of the repository that
// dir is in. git entries of werf.yaml can add any file of it.
func changedFiles(ctx context.Context, dir, from, to string) ([]FileChange, error) {
	out, err := gitOutput(ctx, dir, "diff-tree", "-r", "--raw", "--no-renames", "-z", from, to)
	if err != nil {
		return nil, err
	}
	// Records are ":mode mode hash hash status" NUL "path" NUL, see git-diff-tree(1).
	fields := strings.Split(strings.TrimSuffix(out, "\x00"), "\x00")
	var changes []FileChange
	for i := 0; i+1 < len(fields); i += 2 {
		record := strings.Fields(strings.TrimPrefix(fields[i], ":"))
		changed := FileChange{Path: fields[i+1], Kind: changeKind(record)}
		if slices.Contains(record, submoduleMode) {
			changed.Path += "/"
		}
		changes = append(changes, changed)
	}
	return changes, nil
}

// submoduleMode is the mode of a submodule in a tree.
const submoduleMode = "160000"

// modeChange is the kind of a change of a file's mode only.
const modeChange = "mode"

func changeKind(record []string) string {
	if len(record) < 5 {
		return "changed"
	}
	switch {
	case record[4] == "A":
		return "added"
	case record[4] == "D":
		return "removed"
	case record[2] == record[3] && strings.HasPrefix(record[0], "100") && strings.HasPrefix(record[1], "100"):
		return modeChange
	default:
		return "changed"
	}
}

// gitOutput runs git in dir and returns what it prints, without a line end.
func gitOutput(ctx context.Context, dir string, args ...string) (string, error) {
	out, err := runGit(exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...))
	return strings.TrimSuffix(out, "\n"), err
}

// git runs git in a repository of this run. The variables with which git tells
// a hook or an alias of the user's repository are not for it.
func git(ctx context.Context, dir string, args ...string) error {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...)
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if !slices.Contains(placesOfGit, name) {
			cmd.Env = append(cmd.Env, variable)
		}
	}
	_, err := runGit(cmd)
	return err
}

// placesOfGit are the variables that say where a repository and its parts are.
var placesOfGit = []string{
	"GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY",
	"GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_SHALLOW_FILE", "GIT_NAMESPACE", "GIT_PREFIX",
}

func runGit(cmd *exec.Cmd) (string, error) {
	out, err := cmd.Output()
	if err == nil {
		return string(out), nil
	}
	var ended *exec.ExitError
	if errors.As(err, &ended) && len(ended.Stderr) > 0 {
		return "", fmt.Errorf("git %s: %s", cmd.Args[3], strings.TrimSpace(string(ended.Stderr)))
	}
	return "", fmt.Errorf("git %s: %w", cmd.Args[3], err)
}
