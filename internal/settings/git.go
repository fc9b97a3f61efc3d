package settings

import (
	"context"
	"errors"
	"path"
	"strings"

	"github.com/modship/modship/internal/git"
)

// branchOf returns the branch that is checked out in dir.
func branchOf(ctx context.Context, dir string) (Value, error) {
	branch, err := git.At(dir).Branch(ctx)
	return Value{branch, "git branch"}, err
}

// repositoryName returns the last part of the origin's address, else the name of
// the work tree's directory, or of dir outside a repository.
func repositoryName(ctx context.Context, dir string) (string, error) {
	repository := git.At(dir)
	origin, err := repository.Origin(ctx)
	if err == nil && origin != "" {
		return strings.ToLower(strings.TrimSuffix(path.Base(strings.ReplaceAll(origin, ":", "/")), ".git")), nil
	}
	top, err := repository.Top(ctx)
	if errors.Is(err, git.ErrNotRepository) {
		top, err = dir, nil
	}
	return strings.ToLower(path.Base(top)), err
}
