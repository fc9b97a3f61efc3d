package werfsrc

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// giterminismFile is where werf keeps what may come from outside of the commit.
const giterminismFile = "werf-giterminism.yaml"

// ForbiddenVariables returns the variables that templates look up and that
// werf-giterminism.yaml does not allow. A name that a template puts together is
// not found, and nothing is without a file that can be read.
func (p Project) ForbiddenVariables() []string {
	if p.FS == nil {
		return nil
	}
	var rules struct {
		Config struct {
			GoTemplateRendering struct {
				AllowEnvVariables []string `json:"allowEnvVariables"`
			} `json:"goTemplateRendering"`
		} `json:"config"`
	}
	data, err := fs.ReadFile(p, giterminismFile)
	if err == nil && yaml.Unmarshal(data, &rules) != nil {
		return nil
	}
	return slices.DeleteFunc(p.Variables(), func(name string) bool {
		return slices.ContainsFunc(rules.Config.GoTemplateRendering.AllowEnvVariables, func(pattern string) bool {
			return allows(pattern, name)
		})
	})
}

// allows reports whether a pattern is the name, or an expression between slashes
// that matches all of it.
func allows(pattern, name string) bool {
	if !strings.HasPrefix(pattern, "/") || !strings.HasSuffix(pattern, "/") || len(pattern) < 2 {
		return pattern == name
	}
	expression, err := regexp.Compile("^" + pattern[1:len(pattern)-1] + "$")
	return err == nil && expression.MatchString(name)
}
