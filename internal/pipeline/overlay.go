package pipeline

import (
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// sourceDirs are directories of a module with the sources of its programs. The
// checks of the chart only look there for names of objects that code may create,
// and they may be large, so they are read from the work tree.
var sourceDirs = []string{"images", "lib", "api", "src", "internal", "pkg", "cmd", "vendor", "node_modules", ".git"}

// ofChart reports whether the checks of the chart judge a path.
func ofChart(path string) bool {
	top, _, _ := strings.Cut(path, "/")
	return !slices.Contains(sourceDirs, top)
}

// overlay is a file system in which choose decides, by the first element of a
// path, whether an entry is of the upper or the lower one.
type overlay struct {
	upper, lower fs.FS
	choose       func(path string) bool
}

// Open implements [fs.FS].
func (o overlay) Open(name string) (fs.File, error) {
	switch {
	case name != "." && o.choose(name):
		return o.upper.Open(name)
	case name != ".":
		return o.lower.Open(name)
	}
	root, err := o.lower.Open(name)
	if err != nil {
		return nil, err
	}
	entries, err := o.entries()
	return &overlayRoot{File: root, entries: entries}, err
}

// entries merges the top directories.
func (o overlay) entries() ([]fs.DirEntry, error) {
	upper, err := fs.ReadDir(o.upper, ".")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	lower, err := fs.ReadDir(o.lower, ".")
	if err != nil {
		return nil, err
	}
	upper = slices.DeleteFunc(upper, func(e fs.DirEntry) bool { return !o.choose(e.Name()) })
	lower = slices.DeleteFunc(lower, func(e fs.DirEntry) bool { return o.choose(e.Name()) })
	merged := slices.Concat(upper, lower)
	slices.SortFunc(merged, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return merged, nil
}

// overlayRoot is the top directory of an overlay.
type overlayRoot struct {
	fs.File
	entries []fs.DirEntry
	read    int
}

// ReadDir implements [fs.ReadDirFile].
func (r *overlayRoot) ReadDir(n int) ([]fs.DirEntry, error) {
	rest := r.entries[r.read:]
	if n > 0 && len(rest) == 0 {
		return nil, io.EOF
	}
	if n > 0 && n < len(rest) {
		rest = rest[:n]
	}
	r.read += len(rest)
	return rest, nil
}
