package git

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Borrow makes a repository in the new directory to that has the objects of
// this one, as links, and commit as its HEAD. Unlike a work tree, it leaves
// nothing behind in this repository: all writes go to the new one.
//
// A shared clone, which reads objects through objects/info/alternates, would
// not do for werf: its git library opens and reads the index of every pack
// again for each object that it finds there.
func (r Repository) Borrow(ctx context.Context, commit, to string) error {
	if err := os.Mkdir(to, 0o700); err != nil {
		return fmt.Errorf("make a directory for commit %s: %w", commit, err)
	}
	clone := Repository{dir: to, own: true}
	if _, err := clone.run(ctx, "init", "--quiet", "--template="); err != nil {
		return err
	}
	// Addresses of submodules may be relative to that of the repository.
	origin, err := r.Origin(ctx)
	if err != nil {
		return err
	}
	if origin != "" {
		if _, err := clone.run(ctx, "config", "remote.origin.url", origin); err != nil {
			return err
		}
	}
	if err := r.lend(ctx, filepath.Join(to, ".git")); err != nil {
		return err
	}
	_, err = clone.run(ctx, "update-ref", "--no-deref", "HEAD", commit)
	return err
}

// lend links the objects into another repository and copies the end of the
// history.
func (r Repository) lend(ctx context.Context, to string) error {
	objects, err := r.path(ctx, "objects")
	if err != nil {
		return err
	}
	if err := linkObjects(objects, filepath.Join(to, "objects"), map[string]bool{}); err != nil {
		return fmt.Errorf("link the objects of the repository: %w", err)
	}
	shallow, err := r.path(ctx, "shallow")
	if err != nil {
		return err
	}
	if err := copyFile(shallow, filepath.Join(to, "shallow")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("copy where the history ends: %w", err)
	}
	return nil
}

// path returns the place of a file of the repository, which may have several
// work trees.
func (r Repository) path(ctx context.Context, name string) (string, error) {
	path, err := r.line(ctx, "rev-parse", "--git-path", name)
	if err != nil || filepath.IsAbs(path) {
		return path, err
	}
	return filepath.Abs(filepath.Join(r.dir, path))
}

// linkObjects links packs and loose objects one by one into directories of
// their own, so that nothing is ever written beside the originals. It does the
// same for the object stores that this one borrows from; seen are those that
// are done.
func linkObjects(from, to string, seen map[string]bool) error {
	if seen[from] {
		return nil
	}
	seen[from] = true
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		prefix := "" // of the names to link
		switch name := entry.Name(); {
		case name == "pack":
			prefix = "pack-" // and no temporary files
		case len(name) != 2:
			continue
		}
		if err := linkFiles(filepath.Join(from, entry.Name()), filepath.Join(to, entry.Name()), prefix); err != nil {
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

// alternates lists the object stores that one borrows from, see
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
