package templates

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"path"
	"strings"
	"text/template/parse"

	"github.com/modship/modship/pkg/contract/internal/artifact"
)

// templateSet is the Helm templates of a module and of the charts it carries,
// parsed but not executed.
type templateSet struct {
	roots   []source          // what Helm renders: the module's files, without partials
	defines map[string]source // named templates of the module and of its charts
	broken  map[string]error  // files of the module that do not parse
}

// source is one parsed template.
type source struct {
	file string
	own  bool // of the module itself, not of a chart it carries
	tree *parse.Tree
}

// maxChartSize limits the unpacked size of one packed chart.
const maxChartSize = 32 << 20

// parseTemplates parses the templates of a bundle or repository.
func parseTemplates(t *artifact.Tree) *templateSet {
	set, ignore := &templateSet{defines: map[string]source{}, broken: map[string]error{}}, IgnoreOf(t)
	for _, e := range t.Under("charts") {
		switch {
		case e.Data == nil || ignore.Ignores(e.Path):
		case path.Ext(e.Path) == ".tgz":
			set.addChart(e.Path, e.Data)
		case strings.Contains(e.Path, "/templates/"):
			_ = set.addFile(e.Path, string(e.Data), false) // else not a template that the module could include
		}
	}
	for _, e := range t.Under("templates") {
		if e.Data == nil || ignore.Ignores(e.Path) {
			continue
		}
		if err := set.addFile(e.Path, string(e.Data), true); err != nil {
			set.broken[e.Path] = err
		}
	}
	return set
}

// addFile parses one file: what it defines, and what it renders if Helm
// renders it (a name with a leading underscore is a partial).
func (s *templateSet) addFile(name, text string, own bool) error {
	trees := map[string]*parse.Tree{}
	main := parse.New(name)
	main.Mode = parse.SkipFuncCheck
	if _, err := main.Parse(text, "", "", trees); err != nil {
		return err
	}
	for define, tree := range trees {
		src := source{file: name, own: own, tree: tree}
		switch {
		case define != name:
			s.defines[define] = src
		case own && !strings.HasPrefix(path.Base(name), "_"):
			s.roots = append(s.roots, src)
		}
	}
	return nil
}

// addChart reads the named templates of a packed library chart. A chart that
// cannot be read is skipped: Helm names it when it loads the module.
func (s *templateSet) addChart(name string, packed []byte) {
	unzipped, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return
	}
	r := tar.NewReader(io.LimitReader(unzipped, maxChartSize))
	for {
		hdr, err := r.Next()
		if err != nil {
			return
		}
		if hdr.Typeflag != tar.TypeReg || !strings.Contains(hdr.Name, "/templates/") {
			continue
		}
		text, err := io.ReadAll(r)
		if err != nil {
			return
		}
		if err := s.addFile(path.Join(name, hdr.Name), string(text), false); err != nil { //nolint:gosec // a name in memory, never a path to write to
			continue // not a template that the module could include
		}
	}
}
