package werfsrc

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Project is a project directory, read to say where in its templates something
// is; what the templates mean is for werf to decide. The zero value knows
// nothing.
type Project struct{ fs.FS }

// templateExtensions are those of files that werf.yaml includes as templates.
var templateExtensions = []string{".yaml", ".yml", ".tmpl", ".tpl", ".gotmpl"}

// templateRoots are the files and directories of a module that hold templates.
var templateRoots = []string{"werf.yaml", "werf.yml", ".werf", "images"}

// each calls do with each template. What cannot be read is left out.
func (p Project) each(do func(file string, data []byte)) {
	if p.FS == nil {
		return
	}
	for _, root := range templateRoots {
		_ = fs.WalkDir(p, root, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !slices.Contains(templateExtensions, path.Ext(name)) {
				return nil
			}
			if data, err := fs.ReadFile(p, name); err == nil {
				do(name, data)
			}
			return nil
		})
	}
}

// section is the first line of an image: its name, or a list of names, or a
// template of them.
var section = regexp.MustCompile(`(?m)^(?:image|artifact):[ \t]*(\S.*?)[ \t]*$`)

// DefinedIn returns the files that define the images, as far as that can be
// seen: by their names, or by a template that could give such a name if only one
// file has one, be it in a directory of images that the name contains, or
// elsewhere.
func (p Project) DefinedIn(images ...string) []string {
	exact, inFolder, elsewhere := map[string][]string{}, map[string][]string{}, map[string][]string{}
	p.each(func(file string, data []byte) {
		for _, match := range section.FindAllSubmatch(data, -1) {
			for _, image := range images {
				switch name := string(match[1]); {
				case slices.Contains(NamesIn(name), image):
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

// AllDefinitions returns the files that an image defined more than once comes
// from: those that name it, and the catalogue that has it as a key.
func (p Project) AllDefinitions(image string) []string {
	files := p.DefinedIn(image)
	for _, catalogue := range p.catalogues() {
		if slices.Contains(catalogue.keys, image) {
			files = append(files, catalogue.file)
		}
	}
	return uniq(files)
}

// CircleHint is the way out where the images need each other in a circle.
func (p Project) CircleHint(images ...string) string {
	hint := "Remove one of the imports, dependencies or from lines between them"
	if files := p.DefinedIn(images...); len(files) > 0 {
		hint += ", in " + strings.Join(files, ", ")
	}
	return hint + "."
}

// Has reports whether the project has the file.
func (p Project) Has(file string) bool {
	if p.FS == nil {
		return false
	}
	_, err := fs.Stat(p, file)
	return err == nil
}

func uniq(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// NamesIn returns the names in the value of image: one, or a list in brackets.
func NamesIn(value string) []string {
	var names []string
	for name := range strings.SplitSeq(strings.Trim(value, "[]"), ",") {
		names = append(names, strings.Trim(name, ` "'`))
	}
	return names
}

var action = regexp.MustCompile(`\{\{.*?\}\}`)

// couldName reports whether a template for a name could give this one.
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
