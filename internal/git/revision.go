package git

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Check reports whether git takes the directory for a repository. The error
// has one of the reasons of this package.
func (r Repository) Check(ctx context.Context) error {
	_, err := r.run(ctx, checkCommand, "--git-dir")
	return err
}

// checkCommand is the git command of [Repository.Check].
const checkCommand = "rev-parse"

// Resolve returns the full hash of the commit that rev names. If it names
// none, the error is [ErrNoCommit].
func (r Repository) Resolve(ctx context.Context, rev string) (string, error) {
	commit, err := r.line(ctx, "rev-parse", "--verify", "--quiet", rev+"^{commit}")
	if err != nil {
		return "", r.noCommit(ctx, rev, err)
	}
	return commit, nil
}

// noCommit separates a revision that is not there from a repository that
// cannot be used.
func (r Repository) noCommit(ctx context.Context, rev string, err error) error {
	if checked := r.Check(ctx); checked != nil {
		return checked
	}
	if unlessNotFound(err) == nil {
		return fmt.Errorf("%s names no commit of this repository: %w", rev, ErrNoCommit)
	}
	return err
}

// ShortHead returns the first twelve digits or more of the present commit, or
// [ErrNoCommit].
func (r Repository) ShortHead(ctx context.Context) (string, error) {
	commit, err := r.line(ctx, "rev-parse", "--verify", "--quiet", "--short=12", "HEAD")
	if err != nil {
		return "", r.noCommit(ctx, "HEAD", err)
	}
	return commit, nil
}

// Branch returns the name of the branch that is checked out, empty for a
// detached HEAD.
func (r Repository) Branch(ctx context.Context) (string, error) {
	branch, err := r.line(ctx, "symbolic-ref", "--short", "-q", "HEAD")
	return branch, unlessNotFound(err)
}

// TagsAtHead lists the tags on the present commit.
func (r Repository) TagsAtHead(ctx context.Context) ([]string, error) {
	out, err := r.run(ctx, "for-each-ref", "--points-at=HEAD", "--format=%(refname:strip=2)", "refs/tags")
	if err != nil {
		if _, noCommit := r.Resolve(ctx, "HEAD"); errors.Is(noCommit, ErrNoCommit) {
			return nil, nil
		}
	}
	return strings.Fields(out), err
}

// History lists the hashes of a commit and of those before it, the newest first.
func (r Repository) History(ctx context.Context, commit string) ([]string, error) {
	out, err := r.run(ctx, "rev-list", commit)
	return strings.Fields(out), err
}

// Origin returns the address of the remote origin, empty if there is none.
func (r Repository) Origin(ctx context.Context) (string, error) {
	return r.setting(ctx, "remote.origin.url")
}

// Top returns the directory of the work tree.
func (r Repository) Top(ctx context.Context) (string, error) {
	return r.line(ctx, "rev-parse", "--show-toplevel")
}
