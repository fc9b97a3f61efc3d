package werfcfg

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// templates are the files that werf.yaml is rendered from, with the file system
// at the project directory; without one nothing is known of them. They are read
// to say where something is: what they mean is werf's to decide.
type templates struct{ fs.FS }

// templateExtensions are those of files that werf.yaml includes as templates.
var templateExtensions = []string{".yaml", ".yml", ".tmpl", ".tpl", ".gotmpl"}

// templateRoots are the files and folders of a module that hold templates.
var templateRoots = []string{"werf.yaml", "werf.yml", ".werf", "images"}

// each calls do with each template. What cannot be read is left out.
func (t templates) each(do func(file string, data []byte)) {
	if t.FS == nil {
		return
	}
	for _, root := range templateRoots {
		_ = fs.WalkDir(t, root, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !slices.Contains(templateExtensions, path.Ext(name)) {
				return nil
			}
			if data, err := fs.ReadFile(t, name); err == nil {
				do(name, data)
			}
			return nil
		})
	}
}

// section is the first line of an image: its name, or a list of names, or a
// template of them.
var section = regexp.MustCompile(`(?m)^(?:image|artifact):[ \t]*(\S.*?)[ \t]*$`)

// definedIn are the files that define the images, as far as that can be seen:
// by their names, or by a template for names if there is one file with such a
// one: in a folder of images that has its name in the image's, or elsewhere.
func (t templates) definedIn(images ...string) []string {
	exact, inFolder, elsewhere := map[string][]string{}, map[string][]string{}, map[string][]string{}
	t.each(func(file string, data []byte) {
		for _, match := range section.FindAllSubmatch(data, -1) {
			for _, image := range images {
				switch name := string(match[1]); {
				case namesImage(name, image):
					exact[image] = append(exact[image], file)
				case !strings.Contains(name, "{{") || !couldName(name, image):
				case !strings.HasPrefix(file, "images/"):
					elsewhere[image] = append(elsewhere[image], file)
				case aboutImage(file, image):
					inFolder[image] = append(inFolder[image], file)
				}
			}
		}
	})
	var files []string
	for _, image := range images {
		found := exact[image]
		for _, computed := range [][]string{uniq(inFolder[image]), uniq(elsewhere[image])} {
			if len(found) == 0 && len(computed) == 1 {
				found = computed
			}
		}
		files = append(files, found...)
	}
	return uniq(files)
}

func uniq(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// namesImage tells whether the value of a section is the name or a list with it.
func namesImage(value, image string) bool {
	for _, name := range strings.Split(strings.Trim(value, "[]"), ",") {
		if strings.Trim(name, ` "'`) == image {
			return true
		}
	}
	return false
}

var action = regexp.MustCompile(`\{\{.*?\}\}`)

// couldName tells whether a template for a name could give this one.
func couldName(template, image string) bool {
	var parts []string
	for _, part := range action.Split(strings.Trim(template, `"'`), -1) {
		parts = append(parts, regexp.QuoteMeta(part))
	}
	return regexp.MustCompile("^" + strings.Join(parts, ".+") + "$").MatchString(image)
}

func aboutImage(file, image string) bool {
	folder, _, _ := strings.Cut(strings.TrimPrefix(file, "images/"), "/")
	return strings.Contains(image, folder)
}

// lookup is a template's reading of a key: index $.Images "key".
var lookup = regexp.MustCompile(`\bindex\s+[^\s"{}]+\s+"([^"]+)"`)

// definition is a key of a YAML file.
var definition = regexp.MustCompile(`(?m)^[ \t]*["']?([\w./-]+)["']?[ \t]*:(?:[ \t]|\r?$)`)

// missingKey is a key that a template looks up and no YAML file of the project
// has, in one of the files if there is one, and the file that looks it up.
func (t templates) missingKey(files []string) (key, file string) {
	if t.FS == nil {
		return "", ""
	}
	defined := map[string]bool{}
	for _, glob := range []string{"*.yml", "*.yaml", ".werf/*.yml", "build/*/*.yml"} {
		names, _ := fs.Glob(t, glob) // the patterns are right
		for _, name := range names {
			data, _ := fs.ReadFile(t, name) // what cannot be read defines nothing
			for _, match := range definition.FindAllSubmatch(data, -1) {
				defined[string(match[1])] = true
			}
		}
	}
	t.each(func(name string, data []byte) {
		for _, match := range lookup.FindAllSubmatch(data, -1) {
			better := file == "" || slices.Contains(files, name) && !slices.Contains(files, file)
			if found := string(match[1]); better && !defined[found] {
				key, file = found, name
			}
		}
	})
	return key, file
}

// noValueHint is the way out when a template left <no value> in an image that
// the files define.
func (t templates) noValueHint(files []string) string {
	what := "the key in the template"
	if key, file := t.missingKey(files); key != "" {
		what = fmt.Sprintf("the key %q in %s", key, file)
	} else if len(files) > 0 {
		what = "the key in " + strings.Join(files, " or ")
	}
	return "Correct " + what + ", or add it to the file that the template reads (base_images.yml)."
}
