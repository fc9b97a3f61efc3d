package chart

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/werf/nelm/pkg/helm/pkg/ignore"
)

// maxFile and MaxFiles are how many bytes of a file and of all files of a module
// are read: Helm keeps a release, with all files of its chart, in a Secret of
// 1 MB, so these are far above what can be installed.
const (
	maxFile  = 8 << 20
	MaxFiles = 64 << 20
)

// ReadFiles reads what rendering needs of a module: its chart without what
// .helmignore leaves out, and its schemas. Symbolic links are left out, as the
// controller does, so nothing outside fsys is read.
func ReadFiles(fsys fs.FS) (map[string][]byte, error) {
	rules, err := ignoreRules(fsys)
	if err != nil {
		return nil, err
	}
	files, total := map[string][]byte{}, 0
	err = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name == "." {
			return nil
		}
		if skip, err := isLeftOut(rules, name, d); skip || err != nil {
			return err
		}
		data, err := readFile(fsys, name, d)
		if total += len(data); total > MaxFiles {
			return fmt.Errorf("the chart has more than %d MiB: list what it does not need in .helmignore", MaxFiles>>20)
		}
		if data != nil {
			files[name] = data
		}
		return err
	})
	return files, err
}

func ignoreRules(fsys fs.FS) (*ignore.Rules, error) {
	data, err := fs.ReadFile(fsys, ignore.HelmIgnore)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	rules, err := ignore.Parse(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ignore.HelmIgnore, err)
	}
	rules.AddDefaults()
	return rules, nil
}

// isLeftOut reports whether an entry is not read, and fails with fs.SkipDir for
// a directory of them.
func isLeftOut(rules *ignore.Rules, name string, d fs.DirEntry) (bool, error) {
	ignored := isIgnored(rules, name, d.IsDir())
	if ignored && d.IsDir() {
		return true, fs.SkipDir
	}
	return ignored || !d.Type().IsRegular(), nil
}

func isIgnored(rules *ignore.Rules, name string, dir bool) bool {
	top, _, _ := strings.Cut(name, "/")
	if top == "openapi" || name == "values.yaml" {
		return false
	}
	return strings.HasPrefix(top, ".") || !isOfChart(name) || rules.Ignore(name, entryInfo{name: path.Base(name), dir: dir})
}

// Choose returns those of a module's files that rendering needs, as ReadFiles
// reads them.
func Choose(files map[string][]byte) (map[string][]byte, error) {
	rules, err := ignore.Parse(bytes.NewReader(files[ignore.HelmIgnore]))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ignore.HelmIgnore, err)
	}
	rules.AddDefaults()
	chosen := map[string][]byte{}
	for name, data := range files {
		ignored := isIgnored(rules, name, false)
		for dir := path.Dir(name); dir != "." && !ignored; dir = path.Dir(dir) {
			ignored = isIgnored(rules, dir, true)
		}
		if !ignored {
			chosen[name] = data
		}
	}
	return chosen, nil
}

// MayNeed reports whether rendering may need a file of a module. What
// .helmignore says is not known yet.
func MayNeed(name string) bool {
	top, _, _ := strings.Cut(name, "/")
	return top == "openapi" || name == "values.yaml" || name == ignore.HelmIgnore || !strings.HasPrefix(top, ".") && isOfChart(name)
}

// entryInfo is what the rules of .helmignore look at.
type entryInfo struct {
	fs.FileInfo
	name string
	dir  bool
}

// Name returns the base name.
func (e entryInfo) Name() string { return e.name }

// IsDir reports whether the entry is a directory.
func (e entryInfo) IsDir() bool { return e.dir }

// readFile reads a file, or returns nil for one that is too large to be one of
// a chart.
func readFile(fsys fs.FS, name string, d fs.DirEntry) ([]byte, error) {
	info, err := d.Info()
	if err != nil || info.Size() > maxFile && path.Dir(name) != "charts" {
		return nil, err
	}
	data, err := fs.ReadFile(fsys, name)
	if data == nil && err == nil {
		data = []byte{}
	}
	return data, err
}
