package werfcfg

import (
	"github.com/modship/modship/internal/werferr"
	"github.com/modship/modship/internal/werfsrc"
)

// Error is an error of reading a configuration: its message is one line, its
// hint says what the user can do. It holds no rendered text.
type Error = werferr.Error

// explain says what an error of werf means that came while the configuration
// was rendered and parsed.
func (o ReadOptions) explain(err error, project werfsrc.Project) error {
	return werferr.Config(err, werferr.ConfigOptions{Project: project, Sections: o.sections})
}

// explainEarlier is explain for an earlier commit. The files of the project are
// not those of the commit.
func (o ReadOptions) explainEarlier(err error, commit string) error {
	return werferr.Config(err, werferr.ConfigOptions{Sections: o.sections, Commit: commit})
}

func (o ReadOptions) sections() map[string]map[string]any {
	sections, _, err := parseSections(o.rendered())
	if err != nil {
		return nil // rendering failed
	}
	plain := map[string]map[string]any{}
	for image, section := range sections {
		plain[image] = section
	}
	return plain
}

// explain says what an error of werf means that came after it was parsed.
func (c *Config) explain(err error) error {
	return werferr.Config(err, werferr.ConfigOptions{Project: c.project})
}
