package werfcfg

import (
	"context"
	"strings"

	"github.com/werf/werf/v2/pkg/config"
	"github.com/werf/werf/v2/pkg/git_repo"
	"github.com/werf/werf/v2/pkg/path_matcher"
)

// watchingStages are the stages that stageDependencies can name.
var watchingStages = []string{"install", "beforeSetup", "setup"}

// watched stands for what stageDependencies of one git entry put into a stage's
// digest: for each glob, in order, what it matches among the files that the
// entry adds. No globs and globs that match nothing are not the same to werf.
func (c *Config) watched(ctx context.Context, image string, local *config.GitLocal, stage string) (string, error) {
	if !c.Sections[image].hasStage(stage) {
		return "no such stage", nil
	}
	globs := globsOf(local.StageDependencies, stage)
	if len(globs) == 0 {
		return "no globs", nil
	}
	repo := c.Giterminism.LocalGitRepo()
	commit, err := repo.HeadCommitHash(ctx)
	if err != nil {
		return "", err
	}
	return checksums(ctx, repo, commit, local, globs)
}

// checksums asks werf's own code what each glob matches at a commit: the names
// of directories that match as a whole, and the contents of files, are in it.
func checksums(ctx context.Context, repo git_repo.GitRepo, commit string, local *config.GitLocal, globs []string) (string, error) {
	add := local.GitMappingAdd()
	added := path_matcher.NewPathMatcher(path_matcher.PathMatcherOptions{
		BasePath: add, IncludeGlobs: local.IncludePaths, ExcludeGlobs: local.ExcludePaths,
	})
	var sums strings.Builder
	for _, glob := range globs {
		watched := path_matcher.NewPathMatcher(path_matcher.PathMatcherOptions{BasePath: add, IncludeGlobs: []string{glob}})
		sum, err := repo.GetOrCreateChecksum(ctx, git_repo.ChecksumOptions{
			LsTreeOptions: git_repo.LsTreeOptions{PathScope: add, PathMatcher: path_matcher.NewMultiPathMatcher(added, watched)},
			Commit:        commit,
		})
		if err != nil {
			return "", err
		}
		sums.WriteString(sum)
	}
	return sums.String(), nil
}

func globsOf(d *config.StageDependencies, stage string) []string {
	if d == nil {
		return nil
	}
	switch stage {
	case "install":
		return d.Install
	case "beforeSetup":
		return d.BeforeSetup
	default:
		return d.Setup
	}
}

// hasStage reports whether an image has anything from which werf makes this
// stage; without it stageDependencies have no effect.
func (s Section) hasStage(stage string) bool {
	for _, builder := range []string{"shell", "ansible"} {
		keys, _ := s[builder].(map[string]any)
		for _, key := range []string{stage, stage + "CacheVersion", "cacheVersion"} {
			if keys[key] != nil {
				return true
			}
		}
	}
	return false
}
