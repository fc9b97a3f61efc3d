package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/modship/modship/pkg/exit"
	"github.com/modship/modship/pkg/werfcfg"
)

// Since is the module at an earlier commit, beside the present one.
type Since struct {
	Result
	Before  *werfcfg.Config // at the earlier commit
	Changes []FileChange    // between the commits
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
	copied, err := r.checkOut(ctx, commit)
	if err != nil {
		return err
	}
	if err := r.opts.Flags.Set("dir", copied); err != nil {
		return err
	}
	since.Before, err = werfcfg.Read(r.werfCtx, r.process, werfcfg.ReadOptions{Targets: r.targets(), RunDir: r.dir.Path})
	if err := errors.Join(err, r.opts.Flags.Set("dir", dir)); err != nil {
		return err
	}
	return since.Before.AdoptGlobs(r.werfCtx, r.result.Config)
}

// checkOut makes a clone at commit in the folder of this run, with the files
// that are not committed but belong to the configuration (base_images.yml), and
// returns its project directory. A clone, unlike a work tree, leaves nothing in
// the user's repository.
func (r *run) checkOut(ctx context.Context, commit string) (string, error) {
	dir := r.opts.Settings.Dir.Value
	top, err := gitOutput(ctx, dir, "rev-parse", "--show-toplevel")
	if err != nil {
		return "", err
	}
	prefix, err := gitOutput(ctx, dir, "rev-parse", "--show-prefix")
	if err != nil {
		return "", err
	}
	clone := filepath.Join(r.dir.Path, "before")
	if _, err := gitOutput(ctx, dir, "clone", "--quiet", "--shared", "--no-checkout", top, clone); err != nil {
		return "", err
	}
	if _, err := gitOutput(ctx, clone, "checkout", "--quiet", "--detach", commit); err != nil {
		return "", err
	}
	project := filepath.Join(clone, prefix)
	return project, copyUncommitted(ctx, dir, project)
}

// copyUncommitted copies the YAML files beside werf.yaml and below .werf that
// git ignores or does not know: which of them count, giterminism decides.
func copyUncommitted(ctx context.Context, from, to string) error {
	list, err := gitOutput(ctx, from, "ls-files", "--others", "--", "*.yml", "*.yaml", ".werf")
	if err != nil {
		return err
	}
	for _, file := range strings.Split(list, "\n") {
		if file == "" || strings.Contains(file, "/") && !strings.HasPrefix(file, ".werf/") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(from, file))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		target := filepath.Join(to, file)
		if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(target, data, 0o600); err != nil {
			return err
		}
	}
	return nil
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

func changeKind(record []string) string {
	if len(record) < 5 {
		return "changed"
	}
	switch {
	case record[4] == "A":
		return "added"
	case record[4] == "D":
		return "removed"
	case record[2] == record[3]:
		return "mode"
	default:
		return "changed"
	}
}

// gitOutput runs git in dir and returns what it prints, without a line end.
func gitOutput(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...)
	out, err := cmd.Output()
	if err == nil {
		return strings.TrimSuffix(string(out), "\n"), nil
	}
	var ended *exec.ExitError
	if errors.As(err, &ended) && len(ended.Stderr) > 0 {
		return "", fmt.Errorf("git %s: %s", args[0], strings.TrimSpace(string(ended.Stderr)))
	}
	return "", fmt.Errorf("git %s: %w", args[0], err)
}
