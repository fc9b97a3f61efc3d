package git

import (
	"context"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Files lists a commit: the paths in the repository with the types (symbolic
// link, directory of a submodule) in the modes.
func (r Repository) Files(ctx context.Context, commit string) (map[string]fs.FileMode, error) {
	entries, err := r.records(ctx, "ls-tree", "-r", "-z", "--full-tree", commit)
	if err != nil {
		return nil, err
	}
	files := make(map[string]fs.FileMode, len(entries))
	for _, entry := range entries {
		// "mode type hash" TAB "path", see git-ls-tree(1).
		if object, file, ok := strings.Cut(entry, "\t"); ok {
			mode, _, _ := strings.Cut(object, " ")
			files[file] = FileMode(mode)
		}
	}
	return files, nil
}

// FileMode converts the mode of an entry of a git tree: 100644, 100755, 120000
// for a symbolic link, 160000 for a submodule.
func FileMode(tree string) fs.FileMode {
	switch {
	case strings.HasPrefix(tree, "12"):
		return fs.ModeSymlink | 0o777
	case strings.HasPrefix(tree, "16"):
		return fs.ModeDir | 0o755
	case tree == "100755":
		return 0o755
	default:
		return 0o644
	}
}

// Untracked lists the files below the directory that match one of the
// pathspecs and that no commit has, ignored ones included: their paths in the
// repository, and where they are.
func (r Repository) Untracked(ctx context.Context, pathspecs ...string) (map[string]string, error) {
	prefix, err := r.line(ctx, "rev-parse", "--show-prefix")
	if err != nil {
		return nil, err
	}
	list, err := r.records(ctx, append([]string{"ls-files", "--others", "-z", "--"}, pathspecs...)...)
	if err != nil {
		return nil, err
	}
	files := map[string]string{}
	for _, file := range list {
		files[path.Join(prefix, file)] = filepath.Join(r.dir, file)
	}
	return files, nil
}

// Changed lists the tracked files below the directory that differ from the
// present commit.
func (r Repository) Changed(ctx context.Context) ([]string, error) {
	return r.records(ctx, "diff", "--name-only", "--relative", "-z", "HEAD", "--", ".")
}

// IsTracked reports whether the repository has a file, by its path below the
// directory.
func (r Repository) IsTracked(ctx context.Context, file string) (bool, error) {
	found, err := r.records(ctx, "ls-files", "-z", "--", ":(literal)"+file)
	return len(found) > 0, err
}

// IsIgnored reports whether .gitignore and the like name a path below the
// directory. The path need not exist.
func (r Repository) IsIgnored(ctx context.Context, file string) (bool, error) {
	found, err := r.Ignored(ctx, []string{file})
	return len(found) > 0, err
}

// Ignored returns those of the paths below the directory that .gitignore and the
// like name. Tracked files are never among them.
func (r Repository) Ignored(ctx context.Context, files []string) ([]string, error) {
	out, err := r.runWith(ctx, strings.Join(files, "\x00"), "check-ignore", "-z", "--stdin")
	if unlessNotFound(err) != nil { // 1: none is ignored
		return nil, err
	}
	return strings.FieldsFunc(out, func(c rune) bool { return c == 0 }), nil
}

// Change is one file that differs between two commits.
type Change struct {
	// Path is the one in the repository, also when the project is a directory
	// of it. A submodule ends with a slash: which of its files differ is not
	// known.
	Path string `json:"path"`
	Kind string `json:"kind"` // Added, Removed, Changed or ModeOnly
}

// The kinds of changes.
const (
	Added    = "added"
	Removed  = "removed"
	Changed  = "changed"
	ModeOnly = "mode" // only the mode of a file differs
)

// Diff lists the files of the repository that differ between two commits.
func (r Repository) Diff(ctx context.Context, from, to string) ([]Change, error) {
	fields, err := r.records(ctx, "diff-tree", "-r", "--raw", "--no-renames", "-z", from, to)
	if err != nil {
		return nil, err
	}
	// Records are ":mode mode hash hash status" NUL "path" NUL, see git-diff-tree(1).
	var changes []Change
	for i := 0; i+1 < len(fields); i += 2 {
		record := strings.Fields(strings.TrimPrefix(fields[i], ":"))
		change := Change{Path: fields[i+1], Kind: kind(record)}
		if slices.Contains(record, submoduleMode) {
			change.Path += "/"
		}
		changes = append(changes, change)
	}
	return changes, nil
}

// submoduleMode is the mode of a submodule in a tree.
const submoduleMode = "160000"

func kind(record []string) string {
	switch {
	case len(record) < 5:
		return Changed
	case record[4] == "A":
		return Added
	case record[4] == "D":
		return Removed
	case record[2] == record[3] && strings.HasPrefix(record[0], "100") && strings.HasPrefix(record[1], "100"):
		return ModeOnly
	default:
		return Changed
	}
}
