package werfcfg

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"

	"github.com/werf/werf/v2/pkg/git_repo"
)

// commitFiles is a commit as the file system that werf reads a work tree with.
// Writing the files of a commit to a disk takes longer than all the rest of
// reading it, and a module reads a hundredth of them.
type commitFiles struct {
	at      Earlier
	folders map[string][]string               // the names in each directory, sorted; "." is the top
	read    func(path string) ([]byte, error) // content of a file of the commit, target of a link
	follow  func(path string) ([]byte, error) // the same, of the file that links lead to
}

func newCommitFiles(ctx context.Context, repo *git_repo.Local, at Earlier) *commitFiles {
	f := &commitFiles{
		at: at, folders: map[string][]string{".": nil},
		read:   func(path string) ([]byte, error) { return repo.ReadCommitTreeEntryContent(ctx, at.Commit, path) },
		follow: func(path string) ([]byte, error) { return repo.ReadCommitFile(ctx, at.Commit, path) },
	}
	for file := range at.Files {
		f.add(file)
	}
	for file := range at.Beside {
		if _, committed := at.Files[file]; !committed {
			f.add(file)
		}
	}
	for _, names := range f.folders {
		slices.Sort(names)
	}
	return f
}

// add enters a file and the directories above it.
func (f *commitFiles) add(file string) {
	for file != "." {
		folder := path.Dir(file)
		_, known := f.folders[folder]
		f.folders[folder] = append(f.folders[folder], path.Base(file))
		if known {
			return
		}
		file = folder
	}
}

// inside is the path in the repository of one of the file system.
func (f *commitFiles) inside(name string) string {
	inside, err := filepath.Rel(f.at.Dir, name)
	if err != nil {
		return ".."
	}
	return filepath.ToSlash(inside)
}

func (f *commitFiles) Lstat(name string) (os.FileInfo, error) {
	file := f.inside(name)
	if mode, ok := f.at.Files[file]; ok {
		return fileInfo{path.Base(file), mode}, nil
	}
	if beside, ok := f.at.Beside[file]; ok {
		return os.Lstat(beside)
	}
	if _, ok := f.folders[file]; ok {
		return fileInfo{path.Base(file), os.ModeDir | 0o755}, nil
	}
	return nil, &fs.PathError{Op: "lstat", Path: name, Err: fs.ErrNotExist}
}

func (f *commitFiles) ReadFile(name string) ([]byte, error) {
	return f.content(name, f.follow, os.ReadFile)
}

func (f *commitFiles) Readlink(name string) (string, error) {
	target, err := f.content(name, f.read, func(beside string) ([]byte, error) {
		target, err := os.Readlink(beside)
		return []byte(target), err
	})
	return string(target), err
}

func (f *commitFiles) content(name string, committed, beside func(string) ([]byte, error)) ([]byte, error) {
	file := f.inside(name)
	if _, ok := f.at.Files[file]; !ok && f.at.Beside[file] != "" {
		return beside(f.at.Beside[file])
	}
	return committed(file)
}

// Walk goes through files as filepath.Walk does.
func (f *commitFiles) Walk(root string, visit filepath.WalkFunc) error {
	info, err := f.Lstat(root)
	if err != nil {
		err = visit(root, nil, err)
	} else {
		err = f.walk(root, info, visit)
	}
	if errors.Is(err, filepath.SkipDir) || errors.Is(err, filepath.SkipAll) {
		return nil
	}
	return err
}

func (f *commitFiles) walk(name string, info os.FileInfo, visit filepath.WalkFunc) error {
	if err := visit(name, info, nil); err != nil || !info.IsDir() {
		return err
	}
	for _, below := range f.folders[f.inside(name)] {
		below = filepath.Join(name, below)
		info, err := f.Lstat(below)
		if err == nil {
			err = f.walk(below, info, visit)
		} else {
			err = visit(below, nil, err)
		}
		switch {
		case err == nil, errors.Is(err, filepath.SkipDir) && info != nil && info.IsDir():
		default:
			return err
		}
	}
	return nil
}

func (f *commitFiles) IsNotExist(err error) bool { return errors.Is(err, fs.ErrNotExist) }

func (f *commitFiles) FileExists(name string) (bool, error) {
	return f.is(name, func(os.FileInfo) bool { return true })
}

func (f *commitFiles) DirExists(name string) (bool, error) { return f.is(name, os.FileInfo.IsDir) }

func (f *commitFiles) RegularFileExists(name string) (bool, error) {
	return f.is(name, func(info os.FileInfo) bool { return info.Mode().IsRegular() })
}

func (f *commitFiles) is(name string, kind func(os.FileInfo) bool) (bool, error) {
	info, err := f.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && kind(info), err
}

// fileInfo is what werf asks of a file.
type fileInfo struct {
	name string
	mode os.FileMode
}

func (i fileInfo) Name() string       { return i.name }
func (i fileInfo) Size() int64        { return 0 }
func (i fileInfo) Mode() os.FileMode  { return i.mode }
func (i fileInfo) ModTime() time.Time { return time.Time{} }
func (i fileInfo) IsDir() bool        { return i.mode.IsDir() }
func (i fileInfo) Sys() any           { return nil }
