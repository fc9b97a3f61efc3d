package artifact

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// bundlePaths are the root entries of a repository that modules put into their
// bundle. The rest (images, sources, .git) is none of the rules' business.
var bundlePaths = []string{
	DefinitionFile, PackageFile, ExtraFile, ChartFile, OwnValuesFile, IgnoreFile, "changelog.yaml", "changelog.yml", "enabled",
	"charts", "crds", "docs", "hooks", "monitoring", "openapi", "release", "templates",
}

// IsBundlePath reports whether a path of a repository is one that modules put
// into their bundle.
func IsBundlePath(name string) bool {
	root, _, _ := strings.Cut(name, "/")
	return slices.Contains(bundlePaths, root)
}

// ReadRepository reads the files of a repository that go into the bundle.
func ReadRepository(ctx context.Context, fsys fs.FS) (*Tree, error) {
	t := New("", false)
	budget := int64(maxKept)
	for _, root := range bundlePaths {
		info, err := fs.Lstat(fsys, root)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil && info.Mode()&fs.ModeSymlink != 0 {
			t.Add(&Entry{Path: root, Raw: root, Kind: KindSymlink})
			continue // the link goes into the bundle, not what it points to
		}
		err = fs.WalkDir(fsys, root, func(name string, d fs.DirEntry, err error) error {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return err
			}
			kept, err := t.addFile(fsys, name, d, budget)
			budget -= kept
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", root, err)
		}
	}
	return t, nil
}

// addFile adds one file of a repository and returns the bytes kept of it.
func (t *Tree) addFile(fsys fs.FS, name string, d fs.DirEntry, budget int64) (int64, error) {
	info, err := d.Info()
	if err != nil {
		return 0, err
	}
	e := &Entry{Path: name, Raw: name, Mode: int64(info.Mode().Perm()), Size: info.Size()}
	defer t.Add(e)
	switch mode := info.Mode(); {
	case mode.IsDir():
		e.Kind = KindDir
	case mode&fs.ModeSymlink != 0:
		e.Kind = KindSymlink
	case !mode.IsRegular():
		e.Kind = KindSpecial
	default:
		f, err := fsys.Open(name)
		if err != nil {
			return 0, err
		}
		defer f.Close()
		return e.readContents(f, budget)
	}
	return 0, nil
}
