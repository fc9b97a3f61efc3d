package werfcfg

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// envCall is a template's look-up of an environment variable: env "NAME".
var envCall = regexp.MustCompile(`\benv\s+"([A-Za-z_][A-Za-z0-9_]*)"`)

// templateExtensions are those of files that werf.yaml includes as templates.
var templateExtensions = []string{".yaml", ".yml", ".tmpl", ".tpl", ".gotmpl"}

// Variables returns the names of the environment variables that the templates
// of werf.yaml look up, sorted, with fsys at the project directory: those in
// werf.yaml, in .werf and in templates below images. A name that a template
// puts together is not found.
func Variables(fsys fs.FS) ([]string, error) {
	found := map[string]bool{}
	for _, root := range []string{"werf.yaml", "werf.yml", ".werf", "images"} {
		err := fs.WalkDir(fsys, root, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !slices.Contains(templateExtensions, path.Ext(name)) {
				return nil // what cannot be read has no variables to compare
			}
			data, err := fs.ReadFile(fsys, name)
			if err != nil {
				return nil
			}
			for _, call := range envCall.FindAllSubmatch(data, -1) {
				found[string(call[1])] = true
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("look for environment variables in templates: %w", err)
		}
	}
	var names []string
	for name := range found {
		names = append(names, name)
	}
	slices.SortFunc(names, strings.Compare)
	return names, nil
}
