package settings

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/pkg/module"
)

// resolveTag decides the module tag: what was given, what the CI system says
// is being built, a git tag on HEAD, else a dev tag made from the branch.
func (s *Settings) resolveTag(ctx context.Context, in Input) (Value, error) {
	if given := first(Value{in.Tag, "--tag"}, fromEnv(EnvTag)); given.Value != "" {
		return s.givenTag(given)
	}
	if tag := ciTag(); tag.Value != "" {
		return s.givenTag(tag)
	}
	if tag := headTag(ctx, s.Dir.Value); tag != "" && !(in.Uncommitted && module.IsVersion(tag)) {
		return Value{tag, "git tag on HEAD"}, nil
	}
	branch := first(ciBranch(), Value{currentBranch(ctx, s.Dir.Value), "git branch"})
	if branch.Value == "" {
		commit := shortCommit(ctx, s.Dir.Value)
		if commit == "" {
			if gitDir(ctx, s.Dir.Value) == "" {
				return Value{}, exit.With(exit.Failed, fmt.Errorf("%s is not in a git repository: werf builds commits", s.Dir.Value),
					"Run in a clone of the module's repository, or make one: git init && git add -A && git commit.")
			}
			return Value{}, exit.With(exit.Usage, errors.New("no module tag: there is no git commit to name the build after"),
				"Commit your work, or give --tag TAG.")
		}
		return Value{module.DevTag("commit-" + commit), "detached HEAD"}, nil
	}
	return Value{module.DevTag(branch.Value), branch.From + " " + branch.Value}, nil
}

// givenTag accepts a tag as it is; a branch name that a pipeline passes where
// a tag belongs is made a valid dev tag.
func (s *Settings) givenTag(given Value) (Value, error) {
	err := module.CheckTag(given.Value)
	if err == nil {
		return given, nil
	}
	if given.From == "--tag" {
		return Value{}, exit.With(exit.Usage, err, "Give a tag such as v1.2.3, or a name of letters, digits, dots, dashes and underscores.")
	}
	tag := module.DevTag(given.Value)
	s.Notes = append(s.Notes, fmt.Sprintf("%s=%s is no valid tag: using %s", given.From, given.Value, tag))
	return Value{tag, given.From + " made valid"}, nil
}

// ciTag is the git tag that GitHub or GitLab says the pipeline runs for.
func ciTag() Value {
	if os.Getenv("GITHUB_REF_TYPE") == "tag" {
		return fromEnv("GITHUB_REF_NAME")
	}
	return fromEnv("CI_COMMIT_TAG")
}

// ciBranch is the branch or the merge request that CI builds; module
// pipelines call the latter prN on GitHub and mrN on GitLab.
func ciBranch() Value {
	if rest, ok := strings.CutPrefix(os.Getenv("GITHUB_REF"), "refs/pull/"); ok {
		number, _, _ := strings.Cut(rest, "/")
		return Value{"pr" + number, "GITHUB_REF"}
	}
	if n := os.Getenv("CI_MERGE_REQUEST_IID"); n != "" {
		return Value{"mr" + n, "CI_MERGE_REQUEST_IID"}
	}
	return first(fromEnv("GITHUB_REF_NAME"), fromEnv("CI_COMMIT_REF_NAME"))
}

// headTag picks among the git tags on HEAD that can be registry tags: the
// highest version, else the first in order of the alphabet.
func headTag(ctx context.Context, dir string) string {
	var best string
	for _, tag := range git(ctx, dir, "tag", "--points-at", "HEAD") {
		if module.CheckTag(tag) == nil && (best == "" || newer(tag, best)) {
			best = tag
		}
	}
	return best
}

func newer(tag, than string) bool {
	a, aErr := semver.NewVersion(tag)
	b, bErr := semver.NewVersion(than)
	if aErr != nil || bErr != nil {
		return aErr == nil
	}
	return a.GreaterThan(b)
}

func currentBranch(ctx context.Context, dir string) string {
	return oneLine(git(ctx, dir, "symbolic-ref", "--short", "-q", "HEAD"))
}

func shortCommit(ctx context.Context, dir string) string {
	return oneLine(git(ctx, dir, "rev-parse", "--short=12", "HEAD"))
}

func gitDir(ctx context.Context, dir string) string {
	return oneLine(git(ctx, dir, "rev-parse", "--git-dir"))
}

// repositoryName is the last part of the origin's address, else the name of
// the work tree's folder.
func repositoryName(ctx context.Context, dir string) string {
	if url := oneLine(git(ctx, dir, "remote", "get-url", "origin")); url != "" {
		return strings.ToLower(strings.TrimSuffix(path.Base(strings.ReplaceAll(url, ":", "/")), ".git"))
	}
	if top := oneLine(git(ctx, dir, "rev-parse", "--show-toplevel")); top != "" {
		return strings.ToLower(path.Base(top))
	}
	return strings.ToLower(path.Base(dir))
}
