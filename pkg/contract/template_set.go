package contract

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"path"
	"strings"
	"text/template/parse"
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

// maxChartSize limits what is unpacked of one packed chart.
const maxChartSize = 32 << 20

// parseTemplates parses the templates of a bundle or repository.
func parseTemplates(t *tree) *templateSet {
	set := &templateSet{defines: map[string]source{}, broken: map[string]error{}}
	for _, e := range t.under("charts") {
		switch {
		case e.data == nil:
		case path.Ext(e.path) == ".tgz":
			set.addChart(e.path, e.data)
		case strings.Contains(e.path, "/templates/"):
			_ = set.addFile(e.path, string(e.data), false) // else not a template that the module could include
		}
	}
	for _, e := range t.under("templates") {
		if e.data == nil {
			continue
		}
		if err := set.addFile(e.path, string(e.data), true); err != nil {
			set.broken[e.path] = err
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
		if err := s.addFile(path.Join(name, hdr.Name), string(text), false); err != nil {
			continue // not a template that the module could include
		}
	}
}
