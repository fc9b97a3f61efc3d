package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/modship/modship/pkg/werfcfg"
)

// earlier makes a repository at commit in the folder of this run. Unlike a work
// tree it leaves nothing in the user's repository.
func (r *run) earlier(ctx context.Context, commit string) (werfcfg.Earlier, error) {
	dir := r.opts.Settings.Dir.Value
	at := werfcfg.Earlier{Dir: filepath.Join(r.dir.Path, "before-"+commit), Commit: commit}
	err := borrow(ctx, dir, at.Dir)
	if err != nil {
		return at, err
	}
	if err := git(ctx, at.Dir, "update-ref", "--no-deref", "HEAD", commit); err != nil {
		return at, err
	}
	if at.Files, err = filesOf(ctx, dir, commit); err != nil {
		return at, err
	}
	at.Beside, err = uncommitted(ctx, dir)
	return at, err
}

// filesOf lists a commit of the repository that dir is in.
func filesOf(ctx context.Context, dir, commit string) (map[string]os.FileMode, error) {
	list, err := gitOutput(ctx, dir, "ls-tree", "-r", "-z", "--full-tree", commit)
	if err != nil {
		return nil, err
	}
	files := map[string]os.FileMode{}
	for entry := range strings.SplitSeq(list, "\x00") {
		// "mode type hash" TAB "path", see git-ls-tree(1).
		if object, file, ok := strings.Cut(entry, "\t"); ok {
			mode, _, _ := strings.Cut(object, " ")
			files[file] = werfcfg.FileMode(mode)
		}
	}
	return files, nil
}

// uncommitted lists the YAML files and templates of the project in dir that git
// ignores or does not know (base_images.yml), by their paths in the repository.
func uncommitted(ctx context.Context, dir string) (map[string]string, error) {
	prefix, err := gitOutput(ctx, dir, "rev-parse", "--show-prefix")
	if err != nil {
		return nil, err
	}
	list, err := gitOutput(ctx, dir, "ls-files", "--others", "-z", "--", "*.yml", "*.yaml", ".werf")
	if err != nil {
		return nil, err
	}
	files := map[string]string{}
	for file := range strings.SplitSeq(list, "\x00") {
		if file != "" {
			files[path.Join(prefix, file)] = filepath.Join(dir, file)
		}
	}
	return files, nil
}

// borrow makes a repository that has the objects of the one that dir is in, as
// links, and writes its own beside them. A shared clone, which has them through
// objects/info/alternates, is no use to werf: its git library opens and reads
// the index of every pack again for each object that it finds there.
func borrow(ctx context.Context, dir, to string) error {
	if err := os.Mkdir(to, 0o700); err != nil {
		return fmt.Errorf("make a folder for the earlier commit: %w", err)
	}
	if err := git(ctx, to, "init", "--quiet", "--template="); err != nil {
		return err
	}
	// Addresses of submodules may be relative to that of the repository.
	if origin, err := gitOutput(ctx, dir, "config", "remote.origin.url"); err == nil {
		if err := git(ctx, to, "config", "remote.origin.url", origin); err != nil {
			return err
		}
	}
	own := filepath.Join(to, ".git")
	objects, err := gitPath(ctx, dir, "objects")
	if err != nil {
		return err
	}
	if err := linkObjects(objects, filepath.Join(own, "objects"), map[string]bool{}); err != nil {
		return fmt.Errorf("link the objects of the repository: %w", err)
	}
	shallow, err := gitPath(ctx, dir, "shallow")
	if err != nil {
		return err
	}
	if err := copyFile(shallow, filepath.Join(own, "shallow")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("copy where the history ends: %w", err)
	}
	return nil
}

// gitPath is the place of a file of the repository that dir is in, which may be
// a work tree of another.
func gitPath(ctx context.Context, dir, name string) (string, error) {
	path, err := gitOutput(ctx, dir, "rev-parse", "--git-path", name)
	if err != nil || filepath.IsAbs(path) {
		return path, err
	}
	return filepath.Abs(filepath.Join(dir, path))
}

// linkObjects links packs and loose objects one by one into folders of their
// own, so that nothing is ever written beside the originals, and those of the
// object stores that this one borrows from; seen are the stores that are done.
func linkObjects(from, to string, seen map[string]bool) error {
	if seen[from] {
		return nil
	}
	seen[from] = true
	folders, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, folder := range folders {
		prefix := "" // of the names to link
		switch name := folder.Name(); {
		case name == "pack":
			prefix = "pack-" // and no temporary files
		case len(name) != 2:
			continue
		}
		if err := linkFiles(filepath.Join(from, folder.Name()), filepath.Join(to, folder.Name()), prefix); err != nil {
			return err
		}
	}
	for _, other := range alternates(from) {
		if err := linkObjects(other, to, seen); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func linkFiles(from, to, prefix string) error {
	files, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	for _, file := range files {
		if !strings.HasPrefix(file.Name(), prefix) {
			continue
		}
		err := os.Symlink(filepath.Join(from, file.Name()), filepath.Join(to, file.Name()))
		if err != nil && !errors.Is(err, fs.ErrExist) { // two stores may have the same
			return err
		}
	}
	return nil
}

// alternates are the object stores that one borrows from, see
// gitrepository-layout(5).
func alternates(objects string) []string {
	data, err := os.ReadFile(filepath.Join(objects, "info", "alternates"))
	if err != nil {
		return nil
	}
	var list []string
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case line == "", line[0] == '#':
		case filepath.IsAbs(line):
			list = append(list, filepath.Clean(line))
		default:
			list = append(list, filepath.Join(objects, line))
		}
	}
	return list
}

// copyFile copies a small file.
func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o600)
}
