package werfcfg

import (
	"path"
	"strings"

	"github.com/werf/werf/v2/pkg/config"
)

// Lacks returns those of the files, named by their paths below the root of the
// image, that an image surely will not have. Where only a build can tell, because commands run
// or a base from a registry is used, it returns nothing.
func (c *Config) Lacks(image string, files ...string) []string {
	var lacking []string
	for _, file := range files {
		if c.lacks(image, "/"+file, map[string]bool{}) {
			lacking = append(lacking, file)
		}
	}
	return lacking
}

// lacks is Lacks for one file; seen breaks circles of images.
func (c *Config) lacks(image, file string, seen map[string]bool) bool {
	stapel, ok := c.Werf.GetImage(image).(config.StapelImageInterface)
	if !ok || seen[image] {
		return false
	}
	seen[image] = true
	defer delete(seen, image)
	base := stapel.ImageBaseConfig()
	if runsCommands(base) || base.GetFrom() != "scratch" && !c.lacks(base.GetFrom(), file, seen) {
		return false
	}
	for _, imp := range base.Import {
		below, takes := taken(imp.ExportBase, file)
		if takes && (imp.ExternalImage || !c.lacks(firstOf(imp.ImageName, imp.ArtifactName), below, seen)) {
			return false
		}
	}
	return base.Git == nil || len(base.Git.Remote) == 0 && !c.added(base.Git.Local, file)
}

func runsCommands(image *config.StapelImageBase) bool {
	s := image.Shell
	return image.Ansible != nil || s != nil && len(s.BeforeInstall)+len(s.Install)+len(s.BeforeSetup)+len(s.Setup) > 0
}

// added reports whether a git entry may add the file to the image.
func (c *Config) added(entries []*config.GitLocal, file string) bool {
	for _, entry := range entries {
		if source, takes := taken(entry.ExportBase, file); takes && c.mayHave(source) {
			return true
		}
	}
	return false
}

// mayHave reports whether the project may have a file, as its git entries name
// it.
func (c *Config) mayHave(file string) bool {
	atTop := c.inRepository(".") == "."
	return !atTop || c.project.Has(strings.TrimPrefix(file, "/"))
}

// taken reports whether an import or git entry takes the file of the image from
// its source if it is there, and its path in the source.
func taken(e *config.ExportBase, file string) (source string, ok bool) {
	to, add := path.Clean(e.To), path.Clean(e.Add)
	below, inside := strings.CutPrefix(file, strings.TrimSuffix(to, "/")+"/")
	if file == to {
		return add, true
	}
	if !inside || len(e.IncludePaths) > 0 && !covers(e.IncludePaths, below, true) || covers(e.ExcludePaths, below, false) {
		return "", false
	}
	return path.Join(add, below), true
}

// covers reports whether one of the paths is the file or a directory above it.
// What a glob matches is not looked at: glob is the answer for one.
func covers(paths []string, file string, glob bool) bool {
	for _, p := range paths {
		p = strings.Trim(path.Clean(p), "/")
		switch {
		case strings.ContainsAny(p, "*?[{"):
			if glob {
				return true
			}
		case p == ".", file == p, strings.HasPrefix(file, p+"/"):
			return true
		}
	}
	return false
}
