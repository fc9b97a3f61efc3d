package git

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// ErrSubmodule is returned by [Repository.Tree] if a path that was asked for is a
// submodule, whose files the commit does not have.
var ErrSubmodule = errors.New("the path is a submodule")

// Tree returns the files of a commit below the directory of the repository as a
// file system. Types and execute bits are those of the commit, whatever the
// work tree has. keep chooses by path.
func (r Repository) Tree(ctx context.Context, commit string, keep func(path string) bool) (fs.FS, error) {
	entries, err := r.records(ctx, "ls-tree", "-r", "-z", commit)
	if err != nil {
		return nil, err
	}
	modes := map[string]fs.FileMode{}
	for _, entry := range entries {
		// "mode type hash" TAB "path", see git-ls-tree(1).
		object, file, _ := strings.Cut(entry, "\t")
		if mode, _, _ := strings.Cut(object, " "); keep(file) {
			modes[file] = FileMode(mode)
		}
	}
	contents, err := r.Contents(ctx, commit, keep)
	if err != nil {
		return nil, err
	}
	tree := treeFS{".": {name: ".", mode: fs.ModeDir | 0o755}}
	for file, mode := range modes {
		if mode.IsDir() {
			return nil, ErrSubmodule
		}
		tree.add(file, mode, contents[file])
	}
	for _, entry := range tree {
		slices.Sort(entry.children)
	}
	return tree, nil
}

// treeFS holds files and directories by path.
type treeFS map[string]*treeEntry

// treeEntry is one file or directory, and what [fs.FileInfo] says of it.
type treeEntry struct {
	name     string
	mode     fs.FileMode
	data     []byte
	children []string // names in a directory, sorted
}

func (t treeFS) add(file string, mode fs.FileMode, data []byte) {
	t[file] = &treeEntry{name: path.Base(file), mode: mode, data: data}
	for child, dir := file, path.Dir(file); ; child, dir = dir, path.Dir(dir) {
		parent, known := t[dir]
		if !known {
			parent = &treeEntry{name: path.Base(dir), mode: fs.ModeDir | 0o755}
			t[dir] = parent
		}
		parent.children = append(parent.children, path.Base(child))
		if known {
			return
		}
	}
}

// Open implements [fs.FS].
func (t treeFS) Open(name string) (fs.File, error) {
	entry, known := t[name]
	if !known || !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &openEntry{treeEntry: entry, Reader: bytes.NewReader(entry.data), tree: t, dir: name}, nil
}

func (e *treeEntry) Name() string       { return e.name }
func (e *treeEntry) Size() int64        { return int64(len(e.data)) }
func (e *treeEntry) Mode() fs.FileMode  { return e.mode }
func (e *treeEntry) ModTime() time.Time { return time.Time{} }
func (e *treeEntry) IsDir() bool        { return e.mode.IsDir() }
func (e *treeEntry) Sys() any           { return nil }

// openEntry is an entry that is being read.
type openEntry struct {
	*treeEntry
	*bytes.Reader
	tree treeFS
	dir  string
	read int // children that ReadDir has returned
}

var _ fs.ReadDirFile = (*openEntry)(nil)

// Size is that of the entry, not of the reader.
func (o *openEntry) Size() int64 { return o.treeEntry.Size() }

// Stat implements [fs.File].
func (o *openEntry) Stat() (fs.FileInfo, error) { return o.treeEntry, nil }

// Close implements [fs.File].
func (o *openEntry) Close() error { return nil }

// ReadDir implements [fs.ReadDirFile].
func (o *openEntry) ReadDir(n int) ([]fs.DirEntry, error) {
	rest := o.children[o.read:]
	if n > 0 && len(rest) == 0 {
		return nil, io.EOF
	}
	if n > 0 && n < len(rest) {
		rest = rest[:n]
	}
	o.read += len(rest)
	var entries []fs.DirEntry
	for _, name := range rest {
		entries = append(entries, fs.FileInfoToDirEntry(o.tree[path.Join(o.dir, name)]))
	}
	return entries, nil
}
