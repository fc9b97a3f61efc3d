package werfsrc

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
)

// lookup is a template's reading of a key: index $.Images "key".
var lookup = regexp.MustCompile(`\bindex\s+[^\s"{}]+\s+"([^"]+)"`)

// definition is a key of a YAML file.
var definition = regexp.MustCompile(`(?m)^[ \t]*["']?([\w./-]+)["']?[ \t]*:(?:[ \t]|\r?$)`)

// missingKey is a key that a template looks up and no YAML file of the project
// has, in one of the files if there is one, and the file that looks it up.
func (p Project) missingKey(files []string) (key, file string) {
	if p.FS == nil {
		return "", ""
	}
	defined := map[string]bool{}
	for _, glob := range []string{"*.yml", "*.yaml", ".werf/*.yml", "build/*/*.yml"} {
		names, _ := fs.Glob(p, glob) // the patterns are right
		for _, name := range names {
			data, _ := fs.ReadFile(p, name) // what cannot be read defines nothing
			for _, match := range definition.FindAllSubmatch(data, -1) {
				defined[string(match[1])] = true
			}
		}
	}
	p.each(func(name string, data []byte) {
		for _, match := range lookup.FindAllSubmatch(data, -1) {
			better := file == "" || slices.Contains(files, name) && !slices.Contains(files, file)
			if found := string(match[1]); better && !defined[found] {
				key, file = found, name
			}
		}
	})
	return key, file
}

// NoValueHint is the way out when a template left <no value> in an image that
// the files define.
func (p Project) NoValueHint(files []string) string {
	what := "the key in the template"
	if key, file := p.missingKey(files); key != "" {
		what = fmt.Sprintf("the key %q in %s", key, file)
	} else if len(files) > 0 {
		what = "the key in " + strings.Join(files, " or ")
	}
	return "Correct " + what + ", or add it to the file that the template reads (base_images.yml)."
}
