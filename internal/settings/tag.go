package settings

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/modship/modship/internal/ci"
	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/git"
	"github.com/modship/modship/pkg/module"
)

// resolveTag decides the module tag: what was given, what the CI system says
// it builds (a tag, else a merge request or a branch), a git tag on HEAD, else
// the branch that is checked out. A tag on HEAD comes after what CI says: the
// pipeline of a merge request must not publish the version that its commit
// happens to carry.
func (s *Settings) resolveTag(ctx context.Context, in Input) (Value, error) {
	run := ci.Detect(os.Getenv)
	for _, given := range []Value{{in.Tag, "--tag"}, fromEnv(EnvTag), Value(run.Tag)} {
		if given.Value != "" {
			return s.givenTag(given)
		}
	}
	if branch := first(Value(run.DevTag()), Value(run.Branch)); branch.Value != "" {
		return devTag(branch), nil
	}
	tag, err := headTag(ctx, s.Dir.Value)
	if err != nil {
		return Value{}, err
	}
	if tag != "" && !(in.Uncommitted && module.IsVersion(tag)) {
		return Value{tag, "git tag on HEAD"}, nil
	}
	branch, err := branchOf(ctx, s.Dir.Value)
	if err != nil {
		return Value{}, err
	}
	if branch.Value != "" {
		return devTag(branch), nil
	}
	commit, err := git.At(s.Dir.Value).ShortHead(ctx)
	if errors.Is(err, git.ErrNoCommit) {
		return Value{}, exit.With(exit.Usage, errors.New("the module tag is unknown: there is no git commit to name the build after"),
			"Commit your work, or give --tag TAG.")
	}
	return Value{module.DevTag("commit-" + commit), "detached HEAD"}, err
}

// devTag returns the tag for a build of a branch.
func devTag(branch Value) Value {
	return Value{module.DevTag(branch.Value), branch.From + " " + branch.Value}
}

// givenTag accepts a tag as it is. Where a pipeline passes the name of a branch
// in place of a tag, it becomes a valid dev tag.
func (s *Settings) givenTag(given Value) (Value, error) {
	clean := cleanTag(given.Value)
	if clean != given.Value {
		s.Notes = append(s.Notes, fmt.Sprintf("%s=%q: using %s", given.From, given.Value, clean))
	}
	err := module.CheckTag(clean)
	switch {
	case err == nil:
		return Value{clean, given.From}, nil
	case given.From == "--tag":
		return Value{}, exit.With(exit.Usage, err, "Give a tag such as v1.2.3, or a name of letters, digits, dots, dashes and underscores.")
	case !isBranchName(clean):
		return Value{}, exit.With(exit.Usage, fmt.Errorf("%s=%q is neither a tag nor the name of a branch", given.From, given.Value),
			"Set it to a tag such as v1.2.3 or to the name of a branch.")
	}
	tag := module.DevTag(clean)
	if number := ci.PullRequestOf(clean); number != "" {
		tag = "pr" + number // what GitHub calls the ref of a pull request
	}
	s.Notes = append(s.Notes, fmt.Sprintf("%s=%s is not a valid tag: using %s", given.From, clean, tag))
	return Value{tag, given.From + " made valid"}, nil
}

// headTag picks among the git tags on HEAD that can be registry tags.
func headTag(ctx context.Context, dir string) (string, error) {
	tags, err := git.At(dir).TagsAtHead(ctx)
	var best string
	for _, tag := range tags {
		if module.CheckTag(tag) == nil && (best == "" || preferred(tag, best)) {
			best = tag
		}
	}
	return best, err
}

// preferred reports whether tag names a commit better than other: a version
// (vX.Y.Z) before a prerelease, that before any other name, such as a date.
// Among versions, the highest; among other names, the first.
func preferred(tag, other string) bool {
	a, rank := rankTag(tag)
	b, than := rankTag(other)
	switch {
	case rank != than:
		return rank > than
	case rank == rankName:
		return tag < other
	default:
		return a.GreaterThan(b)
	}
}

const (
	rankName = iota
	rankPrerelease
	rankVersion
)

func rankTag(tag string) (*semver.Version, int) {
	version, err := semver.StrictNewVersion(strings.TrimPrefix(tag, "v"))
	switch {
	case err == nil && module.IsVersion(tag):
		return version, rankVersion
	case err == nil && strings.HasPrefix(tag, "v"):
		return version, rankPrerelease
	default:
		return nil, rankName
	}
}
