package werfcfg

import (
	"io/fs"
	"regexp"
)

// envCall is a template's look-up of an environment variable: env "NAME".
var envCall = regexp.MustCompile(`\benv\s+"([A-Za-z_][A-Za-z0-9_]*)"`)

// Variables returns the names of the environment variables that the templates
// of werf.yaml look up, sorted, with fsys at the project directory: those in
// werf.yaml, in .werf and in templates below images. A name that a template
// puts together is not found.
func Variables(fsys fs.FS) []string {
	var names []string
	templates{fsys}.each(func(_ string, data []byte) {
		for _, call := range envCall.FindAllSubmatch(data, -1) {
			names = append(names, string(call[1]))
		}
	})
	return uniq(names)
}
