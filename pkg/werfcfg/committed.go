package werfcfg

import (
	"context"
	"errors"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/werf/werf/v2/pkg/config"
	"github.com/werf/werf/v2/pkg/git_repo"
	"github.com/werf/werf/v2/pkg/path_matcher"

	"github.com/modship/modship/internal/werferr"
)

// checkCommitted refuses files of the images that differ from the commit, as
// werf does when it comes to the stage that takes them. Then other images may
// be built already, and it names the files of one image only.
func (c *Config) checkCommitted(ctx context.Context, images []string) error {
	if c.relaxed {
		return nil
	}
	var untracked, changed []string
	for _, name := range images {
		for _, m := range c.sourceMatchers(ctx, name) {
			var (
				newFiles     git_repo.UntrackedFilesFoundError
				changedFiles git_repo.UncommittedFilesFoundError
			)
			switch err := c.Giterminism.LocalGitRepo().ValidateStatusResult(ctx, m); {
			case err == nil:
			case errors.As(err, &newFiles):
				untracked = append(untracked, newFiles.PathList...)
			case errors.As(err, &changedFiles):
				changed = append(changed, changedFiles.PathList...)
			default: // a submodule, which werf describes
				return c.explain(c.Giterminism.Inspector().InspectBuildContextFiles(ctx, m))
			}
		}
	}
	if files := c.inProject(slices.Concat(untracked, changed)); len(files) > 0 {
		return werferr.NotCommitted(files, len(untracked) == 0)
	}
	return nil
}

// sourceMatchers match the files of the repository that an image is made of.
// Those of a staged Dockerfile are not looked at by werf either.
func (c *Config) sourceMatchers(ctx context.Context, name string) []path_matcher.PathMatcher {
	var matchers []path_matcher.PathMatcher
	switch image := c.Werf.GetImage(name).(type) {
	case config.StapelImageInterface:
		if git := image.ImageBaseConfig().Git; git != nil {
			for _, local := range git.Local {
				matchers = append(matchers, path_matcher.NewPathMatcher(path_matcher.PathMatcherOptions{
					BasePath: local.GitMappingAdd(), IncludeGlobs: local.IncludePaths, ExcludeGlobs: local.ExcludePaths,
				}))
			}
		}
	case *config.ImageFromDockerfile:
		if files := c.contextFiles[name]; len(files) > 0 && !image.Staged {
			matchers = append(matchers, path_matcher.NewMultiPathMatcher(
				path_matcher.NewPathMatcher(path_matcher.PathMatcherOptions{
					IncludeGlobs: files, ExcludeGlobs: c.addedToContext(image),
				}),
				path_matcher.NewPathMatcher(path_matcher.PathMatcherOptions{
					BasePath: c.inRepository(image.Context), DockerignorePatterns: c.dockerignore(ctx, image),
				}),
			))
		}
	}
	return matchers
}

// addedToContext are the files that giterminism lets into the context uncommitted.
func (c *Config) addedToContext(image *config.ImageFromDockerfile) []string {
	var files []string
	for _, file := range image.ContextAddFiles {
		files = append(files, c.inRepository(path.Join(image.Context, file)))
	}
	return files
}

// dockerignore are the patterns of the ignore file that a Dockerfile has.
func (c *Config) dockerignore(ctx context.Context, image *config.ImageFromDockerfile) []string {
	var patterns []string
	for _, name := range []string{firstOf(image.Dockerfile, "Dockerfile") + ".dockerignore", ".dockerignore"} {
		file := path.Join(image.Context, name)
		if exists, err := c.Giterminism.FileManager.IsDockerignoreExistAnywhere(ctx, file); err != nil || !exists {
			continue
		}
		data, err := c.Giterminism.FileManager.ReadDockerignore(ctx, file)
		if err != nil {
			return nil // werf tells when it reads it
		}
		for line := range strings.SplitSeq(string(data), "\n") {
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
				patterns = append(patterns, strings.TrimPrefix(line, "/"))
			}
		}
		return patterns
	}
	return nil
}

// inRepository is the path in the repository of one in the project.
func (c *Config) inRepository(file string) string {
	return path.Join(filepath.ToSlash(c.Giterminism.RelativeToGitProjectDir()), file)
}

// inProject are the paths, as the user sees them, of paths in the repository.
func (c *Config) inProject(files []string) []string {
	project := filepath.ToSlash(c.Giterminism.RelativeToGitProjectDir())
	var list []string
	for _, file := range files {
		if rel, err := filepath.Rel(project, file); err == nil {
			file = filepath.ToSlash(rel)
		}
		list = append(list, file)
	}
	slices.Sort(list)
	return slices.Compact(list)
}
