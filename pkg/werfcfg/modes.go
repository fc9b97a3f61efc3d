package werfcfg

import (
	"context"
	"fmt"
	"strings"

	"github.com/werf/werf/v2/pkg/config"
	"github.com/werf/werf/v2/pkg/git_repo"
	"github.com/werf/werf/v2/pkg/path_matcher"
)

// ModesMatter reports whether files of which nothing but the mode differs from an
// earlier commit can change an image's digest.
//
// What werf's stages have in their digests: gitLatestPatch a git diff, with
// modes. stageDependencies and the COPY and ADD of a Dockerfile the hashes of
// git: of a file its content only, of a directory that belongs to it as a whole
// the tree, which has the modes in it. A staged Dockerfile names and contents.
func (c *Config) ModesMatter(ctx context.Context, before *Config, image string) (bool, error) {
	var err error
	matter := true
	switch now := c.Werf.GetImage(image).(type) {
	case *config.ImageFromDockerfile:
		matter = !now.Staged
		if matter && before.contextFiles[image] != nil {
			matter, err = differ(ctx, c, before, func(ctx context.Context, c *Config) (string, error) { return c.contextSum(ctx, image) })
		}
	case config.StapelImageInterface:
		if now.IsGitAfterPatchDisabled() { // there is no gitLatestPatch
			matter, err = differ(ctx, c, before, func(ctx context.Context, c *Config) (string, error) { return c.watchedSum(ctx, image) })
		}
	}
	if err != nil {
		return true, fmt.Errorf("compare the modes of files of image %s: %w", image, err)
	}
	return matter, nil
}

func differ(ctx context.Context, a, b *Config, sum func(context.Context, *Config) (string, error)) (bool, error) {
	one, err := sum(ctx, a)
	if err != nil {
		return true, err
	}
	other, err := sum(ctx, b)
	return one != other, err
}

// contextSum is werf's checksum of the files that a Dockerfile takes. A directory
// that one instruction takes as a whole is one of all instructions, too.
func (c *Config) contextSum(ctx context.Context, image string) (string, error) {
	docker, ok := c.Werf.GetImage(image).(*config.ImageFromDockerfile)
	if !ok || len(c.contextFiles[image]) == 0 {
		return "", nil
	}
	scope := c.inRepository(docker.Context)
	if scope == "." {
		scope = ""
	}
	return c.Giterminism.LocalGitRepo().GetOrCreateChecksum(ctx, git_repo.ChecksumOptions{
		LsTreeOptions: git_repo.LsTreeOptions{PathScope: scope, PathMatcher: path_matcher.NewMultiPathMatcher(
			path_matcher.NewPathMatcher(path_matcher.PathMatcherOptions{BasePath: scope, DockerignorePatterns: c.dockerignore(ctx, docker)}),
			path_matcher.NewPathMatcher(path_matcher.PathMatcherOptions{IncludeGlobs: c.contextFiles[image]}),
		)},
		Commit: c.Commit,
	})
}

// watchedSum stands for what stageDependencies put into the digests of all
// stages of an image.
func (c *Config) watchedSum(ctx context.Context, image string) (string, error) {
	var sums strings.Builder
	for _, entry := range c.localEntries(image) {
		for _, stage := range watchingStages {
			sum, err := c.watched(ctx, image, entry.parsed, stage)
			if err != nil {
				return "", err
			}
			sums.WriteString(sum + "\n")
		}
	}
	return sums.String(), nil
}
