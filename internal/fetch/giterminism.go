package fetch

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/bmatcuk/doublestar/v4"
	"sigs.k8s.io/yaml"
)

// giterminismFile is where werf keeps what may come from outside of the commit.
const giterminismFile = "werf-giterminism.yaml"

// giterminism is the part of it about files that templates read.
type giterminism struct {
	Config struct {
		GoTemplateRendering struct {
			AllowUncommittedFiles []string `json:"allowUncommittedFiles"`
		} `json:"goTemplateRendering"`
	} `json:"config"`
}

// isAllowed reports whether werf lets templates read a file that is not
// committed. A glob that matches a directory allows its contents (werf,
// path_matcher).
func isAllowed(project fs.FS, path string) (bool, error) {
	data, err := fs.ReadFile(project, giterminismFile)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var rules giterminism
	if err := yaml.Unmarshal(data, &rules); err != nil {
		return false, fmt.Errorf("%s: %w", giterminismFile, err)
	}
	for _, glob := range rules.Config.GoTemplateRendering.AllowUncommittedFiles {
		for _, pattern := range []string{glob, glob + "/**"} {
			if matches, _ := doublestar.Match(pattern, path); matches { // an invalid glob is werf's to report
				return true, nil
			}
		}
	}
	return false, nil
}
