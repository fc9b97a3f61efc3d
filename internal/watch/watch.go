// Package watch reports which files of a module repository were saved, so that
// the module can be built again.
package watch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
)

// quiet is how long nothing may be saved before changes are reported: an editor
// or a checkout writes many files one after another.
const quiet = 100 * time.Millisecond

// longest is how long changes wait for quiet.
const longest = 2 * time.Second

// Ignorer returns those of the paths below the directory that do not matter.
type Ignorer func(ctx context.Context, paths []string) (ignored []string, err error)

// Watcher watches a directory with all below it.
type Watcher struct {
	dir     string
	ignored Ignorer
	events  *fsnotify.Watcher
	changed map[string]bool // not reported yet
}

// New starts watching. Changes are kept from then on, also between calls of
// [Watcher.Next].
func New(ctx context.Context, dir string, ignored Ignorer) (*Watcher, error) {
	events, err := fsnotify.NewBufferedWatcher(1024)
	if err != nil {
		return nil, fmt.Errorf("watch %s: %w", dir, err)
	}
	w := &Watcher{dir: dir, ignored: ignored, events: events, changed: map[string]bool{}}
	if err := w.add(ctx, dir); err != nil {
		return nil, errors.Join(err, events.Close())
	}
	return w, nil
}

// Close ends watching.
func (w *Watcher) Close() error { return w.events.Close() }

// LimitError reports that the system allows no more watches.
type LimitError struct{ Dir string }

// Error names the directory that was too many.
func (e *LimitError) Error() string {
	return fmt.Sprintf("watch %s: the system allows no more watches", e.Dir)
}

// add watches a directory and those below it, apart from ignored ones.
func (w *Watcher) add(ctx context.Context, root string) error {
	var dirs []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // removed meanwhile
		case err != nil:
			return err
		case !entry.IsDir():
			return nil
		case entry.Name() == ".git":
			return fs.SkipDir
		}
		dirs = append(dirs, path)
		return nil
	})
	if err != nil {
		return fmt.Errorf("watch %s: %w", root, err)
	}
	relevant, err := w.relevant(ctx, dirs)
	if err != nil {
		return err
	}
	for _, dir := range relevant {
		err := w.events.Add(dir)
		if errors.Is(err, syscall.ENOSPC) { // see inotify(7)
			return &LimitError{Dir: dir}
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("watch %s: %w", dir, err)
		}
	}
	return nil
}

// relevant drops ignored paths.
func (w *Watcher) relevant(ctx context.Context, paths []string) ([]string, error) {
	var inside []string
	for _, path := range paths {
		if relative, err := filepath.Rel(w.dir, path); err == nil && relative != "." {
			inside = append(inside, relative)
		}
	}
	if len(inside) == 0 {
		return paths, nil
	}
	ignored, err := w.ignored(ctx, inside)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(paths, func(path string) bool {
		relative, err := filepath.Rel(w.dir, path)
		return err == nil && slices.Contains(ignored, relative)
	}), nil
}

// Next waits until files were saved and nothing more happens for a moment, and
// returns their paths below the directory, sorted.
func (w *Watcher) Next(ctx context.Context) ([]string, error) {
	for {
		if err := w.collect(ctx); err != nil {
			return nil, err
		}
		var paths []string
		for path := range w.changed {
			paths = append(paths, path)
		}
		clear(w.changed)
		relevant, err := w.relevant(ctx, paths)
		if err != nil {
			return nil, err
		}
		if len(relevant) > 0 {
			for i, path := range relevant {
				relevant[i] = strings.TrimPrefix(path, w.dir+string(filepath.Separator))
			}
			slices.Sort(relevant)
			return relevant, nil
		}
	}
}

// collect takes events until something changed and it is quiet.
func (w *Watcher) collect(ctx context.Context) error {
	var still, end <-chan time.Time
	wait := func() {
		still = time.After(quiet)
		if end == nil {
			end = time.After(longest)
		}
	}
	if len(w.changed) > 0 {
		wait()
	}
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-still:
			return nil
		case <-end:
			return nil
		case err := <-w.events.Errors:
			return fmt.Errorf("watch %s: %w", w.dir, err)
		case event := <-w.events.Events:
			if event.Op == fsnotify.Chmod || isEditors(event.Name) {
				continue
			}
			if err := w.take(ctx, event); err != nil {
				return err
			}
			wait()
		}
	}
}

// take keeps what an event is about. The files of a new directory may have been
// there before it was watched.
func (w *Watcher) take(ctx context.Context, event fsnotify.Event) error {
	info, err := os.Lstat(event.Name)
	if err != nil || !info.IsDir() {
		w.changed[event.Name] = true
		return nil
	}
	if !event.Has(fsnotify.Create) || info.Name() == ".git" {
		return nil
	}
	if err := w.add(ctx, event.Name); err != nil {
		return err
	}
	return filepath.WalkDir(event.Name, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			w.changed[path] = true
		}
		return nil //nolint:nilerr // removed meanwhile
	})
}

// isEditors reports whether a file is one that editors make beside the saved one.
func isEditors(path string) bool {
	name := filepath.Base(path)
	return strings.HasSuffix(name, "~") || strings.HasSuffix(name, ".swp") || strings.HasSuffix(name, ".swx") ||
		strings.HasPrefix(name, ".#") || strings.HasPrefix(name, ".goutputstream-") || name == "4913"
}
