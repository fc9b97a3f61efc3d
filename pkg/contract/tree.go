package contract

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/modship/modship/pkg/module"
)

// The files of an image or repository by which the rules know it.
const (
	versionFile    = "version.json"
	definitionFile = "module.yaml"
	packageFile    = "package.yaml"
	digestsFile    = "images_digests.json"
	extraFile      = "extra_images.json"
	chartFile      = "Chart.yaml"
	ownValuesFile  = "values.yaml"
	ignoreFile     = ".helmignore"
	readmeFile     = "docs/README.md"
)

// entryKind is the type of a tree's entry.
type entryKind byte

const (
	kindFile entryKind = iota
	kindDir
	kindSymlink
	kindHardlink
	kindSpecial
)

// entry is one file or directory of a [tree].
type entry struct {
	path   string // clean and relative
	raw    string // as the tar header has it
	target string // of a hard link: clean path
	kind   entryKind
	mode   int64  // permission bits
	size   int64  // bytes
	head   string // first bytes, at most 4
	data   []byte // contents, nil if not kept
}

// tree is the files of an image or of a repository: all names, and the
// contents of those files that rules read.
type tree struct {
	artifact  string   // how violations name it
	inImage   bool     // an image's reference is the artifact; in a repository the path is
	foreign   bool     // an index that consumers cannot read
	platforms []string // of an image, if linux/amd64 is not among them
	order     []*entry
	byPath    map[string]*entry
}

func newTree(artifact string, inImage bool) *tree {
	return &tree{artifact: artifact, inImage: inImage, byPath: map[string]*entry{}}
}

func (t *tree) add(e *entry) {
	t.order = append(t.order, e)
	t.byPath[e.path] = e
}

// data returns the contents of a file, or false if there is no such file or
// its contents are not kept because it is too large.
func (t *tree) data(name string) ([]byte, bool) {
	e := t.file(name)
	if e == nil || e.data == nil {
		return nil, false
	}
	return e.data, true
}

// maxLinks is how many hard links to hard links are followed: a link to itself
// never ends.
const maxLinks = 40

// file returns the regular file called name, or nil. A hard link is the file
// that it links to, under its own name.
func (t *tree) file(name string) *entry {
	first := t.byPath[name]
	e := first
	for range maxLinks {
		if e != nil && e.kind == kindHardlink {
			e = t.byPath[e.target]
		}
	}
	if e == nil || e.kind != kindFile {
		return nil
	}
	if e != first {
		linked := *e
		linked.path, linked.raw = first.path, first.raw
		return &linked
	}
	return e
}

// isSymlink tells whether the entry called name is a symbolic link.
func (t *tree) isSymlink(name string) bool {
	e := t.byPath[name]
	return e != nil && e.kind == kindSymlink
}

// under returns the files below a directory, hard links included, by path.
func (t *tree) under(dir string) []*entry {
	var found []*entry
	for name := range t.byPath {
		if e := t.file(name); e != nil && strings.HasPrefix(name, dir+"/") {
			found = append(found, e)
		}
	}
	slices.SortFunc(found, func(a, b *entry) int { return strings.Compare(a.path, b.path) })
	return found
}

// at names a file of the tree as the artifact of a violation.
func (t *tree) at(name string) string {
	if t.inImage {
		return t.artifact
	}
	return name
}

// keeps tells whether rules read the contents of the file.
func keeps(name string) bool {
	dir, _, nested := strings.Cut(name, "/")
	switch {
	case !nested:
		return slices.Contains([]string{
			versionFile, definitionFile, packageFile, digestsFile, extraFile, chartFile, ownValuesFile, ignoreFile,
			"changelog.yaml", "changelog.yml",
		}, name)
	case dir == "charts":
		return slices.Contains([]string{".tgz", ".tpl", ".yaml", ".yml"}, path.Ext(name))
	case dir == "docs":
		return name == readmeFile
	default:
		return dir == "templates" || dir == "openapi"
	}
}

// maxKept is the limit on the contents that are kept of one tree, so that a
// broken image cannot exhaust memory.
const maxKept = 64 << 20

// readContents reads what the rules need of a file: its first bytes, or all of
// it if it is small enough and read by a rule. It returns the bytes kept.
func (e *entry) readContents(r io.Reader, budget int64) (int64, error) {
	if !keeps(e.path) || e.size > module.MaxMetadataSize {
		var head [4]byte
		n, err := io.ReadFull(r, head[:])
		e.head = string(head[:n])
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			err = nil
		}
		return 0, err
	}
	if e.size > budget {
		return 0, fmt.Errorf("the files to check have more than %d bytes", int64(maxKept))
	}
	data, err := io.ReadAll(io.LimitReader(r, module.MaxMetadataSize))
	if err != nil {
		return 0, err
	}
	e.data = data
	if data == nil {
		e.data = []byte{}
	}
	e.head = string(data[:min(4, len(data))])
	return int64(len(data)), nil
}
