package werfcfg

import (
	"context"

	"github.com/werf/werf/v2/pkg/config"
)

// IsShallow reports whether the history of the repository is cut off, and werf
// fetches the rest of it from origin before it builds: it looks in the history
// for stages to build on. gitWorktree.forceShallowClone in werf.yaml lets it do
// without.
func (c *Config) IsShallow(ctx context.Context) (bool, error) {
	if c.Werf.Meta.GitWorktree.GetForceShallowClone() || !c.usesGit() {
		return false, nil
	}
	return c.Giterminism.LocalGitRepo().IsShallowClone(ctx)
}

// usesGit reports whether an image has files of the repository; only then werf
// looks at its history.
func (c *Config) usesGit() bool {
	for _, image := range c.Werf.Images(false) {
		if stapel, ok := image.(config.StapelImageInterface); ok {
			if git := stapel.ImageBaseConfig().Git; git != nil && len(git.Local) > 0 {
				return true
			}
		}
	}
	return false
}

// DoNotFetch lets werf take the history as it is, unless werf.yaml forbids to
// fetch it (gitWorktree.allowUnshallow), which werf then tells. The result ends it.
func (c *Config) DoNotFetch() (end func()) {
	tree := &c.Werf.Meta.GitWorktree
	if !tree.GetAllowUnshallow() {
		return func() {}
	}
	before, force := tree.ForceShallowClone, true
	tree.ForceShallowClone = &force
	return func() { tree.ForceShallowClone = before }
}
