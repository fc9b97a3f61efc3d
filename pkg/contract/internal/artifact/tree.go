// Package artifact reads the files of an image or of a module repository that the
// rules of the contract look at.
package artifact

import (
	"fmt"
	"io"
	"iter"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/modship/modship/pkg/module"
)

// The files of an image or repository by which the rules know it.
const (
	VersionFile    = "version.json"
	DefinitionFile = "module.yaml"
	PackageFile    = "package.yaml"
	DigestsFile    = "images_digests.json"
	ExtraFile      = "extra_images.json"
	ChartFile      = "Chart.yaml"
	OwnValuesFile  = "values.yaml"
	IgnoreFile     = ".helmignore"
	ReadmeFile     = "docs/README.md"
)

// Kind is the type of a tree's entry.
type Kind byte

// The kinds of entries.
const (
	KindFile Kind = iota
	KindDir
	KindSymlink
	KindHardlink
	KindSpecial
)

// Entry is one file or directory of a [Tree].
type Entry struct {
	Path   string // clean and relative
	Raw    string // as the tar header has it
	Target string // of a hard link: clean path
	Kind   Kind
	Mode   int64  // permission bits
	Size   int64  // bytes
	Head   string // first bytes, at most 4
	Data   []byte // contents, nil if not kept
}

// Tree is the files of an image or of a repository: all names, and the
// contents of those files that rules read.
type Tree struct {
	Name      string   // how violations name it
	InImage   bool     // an image's reference is the artifact; in a repository the path is
	Foreign   bool     // an index that consumers cannot read
	Platforms []string // of an image, if linux/amd64 is not among them
	Order     []*Entry
	byPath    map[string]*Entry
}

// New returns an empty tree with the name by which violations call it.
func New(name string, inImage bool) *Tree {
	return &Tree{Name: name, InImage: inImage, byPath: map[string]*Entry{}}
}

// Add adds an entry after those that are there.
func (t *Tree) Add(e *Entry) {
	t.Order = append(t.Order, e)
	t.byPath[e.Path] = e
}

// Data returns the contents of a file, or false if there is no such file or
// its contents are not kept because it is too large.
func (t *Tree) Data(name string) ([]byte, bool) {
	e := t.File(name)
	if e == nil || e.Data == nil {
		return nil, false
	}
	return e.Data, true
}

// maxLinks is how many hard links to hard links are followed: a link to itself
// never ends.
const maxLinks = 40

// File returns the regular file called name, or nil. A hard link is the file
// that it links to, under its own name.
func (t *Tree) File(name string) *Entry {
	first := t.byPath[name]
	e := first
	for range maxLinks {
		if e != nil && e.Kind == KindHardlink {
			e = t.byPath[e.Target]
		}
	}
	if e == nil || e.Kind != KindFile {
		return nil
	}
	if e != first {
		linked := *e
		linked.Path, linked.Raw = first.Path, first.Raw
		return &linked
	}
	return e
}

// IsSymlink reports whether the entry called name is a symbolic link.
func (t *Tree) IsSymlink(name string) bool {
	e := t.byPath[name]
	return e != nil && e.Kind == KindSymlink
}

// Entries returns one entry for each path, the last one where a path has
// several, in no particular order.
func (t *Tree) Entries() iter.Seq[*Entry] { return maps.Values(t.byPath) }

// Under returns the files below a directory, hard links included, by path.
func (t *Tree) Under(dir string) []*Entry {
	var found []*Entry
	for name := range t.byPath {
		if e := t.File(name); e != nil && strings.HasPrefix(name, dir+"/") {
			found = append(found, e)
		}
	}
	slices.SortFunc(found, func(a, b *Entry) int { return strings.Compare(a.Path, b.Path) })
	return found
}

// At names a file of the tree as the artifact of a violation.
func (t *Tree) At(name string) string {
	if t.InImage {
		return t.Name
	}
	return name
}

// keeps reports whether rules read the contents of the file.
func keeps(name string) bool {
	dir, _, nested := strings.Cut(name, "/")
	switch {
	case !nested:
		return slices.Contains([]string{
			VersionFile, DefinitionFile, PackageFile, DigestsFile, ExtraFile, ChartFile, OwnValuesFile, IgnoreFile,
			"changelog.yaml", "changelog.yml",
		}, name)
	case dir == "charts":
		return slices.Contains([]string{".tgz", ".tpl", ".yaml", ".yml"}, path.Ext(name))
	case dir == "docs":
		return name == ReadmeFile
	default:
		return dir == "templates" || dir == "openapi"
	}
}

// maxKept is the limit on the contents that are kept of one tree, so that a
// broken image cannot exhaust memory.
const maxKept = 64 << 20

// readContents reads what the rules need of a file: its first bytes, or all of
// it if it is small enough and read by a rule. It returns the bytes kept.
func (e *Entry) readContents(r io.Reader, budget int64) (int64, error) {
	if !keeps(e.Path) || e.Size > module.MaxMetadataSize {
		var head [4]byte
		n, err := io.ReadFull(r, head[:])
		e.Head = string(head[:n])
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			err = nil
		}
		return 0, err
	}
	if e.Size > budget {
		return 0, fmt.Errorf("the files to check have more than %d bytes", int64(maxKept))
	}
	data, err := io.ReadAll(io.LimitReader(r, module.MaxMetadataSize))
	if err != nil {
		return 0, err
	}
	e.Data = data
	if data == nil {
		e.Data = []byte{}
	}
	e.Head = string(data[:min(4, len(data))])
	return int64(len(data)), nil
}
