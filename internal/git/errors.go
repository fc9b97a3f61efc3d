package git

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strings"

	"github.com/modship/modship/internal/exit"
)

// Error is a git command that failed.
type Error struct {
	Dir     string // where it ran
	Command string // its name, such as rev-parse
	Reason  string // what git printed; empty if it printed nothing
	err     error
}

// Error returns the name of the command and git's reason.
func (e *Error) Error() string {
	if e.Reason == "" {
		return fmt.Sprintf("git %s: %v", e.Command, e.err)
	}
	return fmt.Sprintf("git %s: %s", e.Command, e.Reason)
}

// Unwrap returns how the command ended.
func (e *Error) Unwrap() error { return e.err }

// Reasons that callers branch on. An error that has one also wraps an [*Error].
var (
	// ErrNotInstalled: there is no git program.
	ErrNotInstalled = errors.New("the git program was not found")
	// ErrNotRepository: the directory is not in a git repository.
	ErrNotRepository = errors.New("not in a git repository")
	// ErrOtherOwner: git refuses a repository that belongs to another user.
	ErrOtherOwner = errors.New("git refuses a repository that belongs to another user")
	// ErrBrokenLink: the .git file of a work tree or a submodule names a
	// repository that is not there.
	ErrBrokenLink = errors.New("the repository that the .git file names is not there")
	// ErrMissingObjects: a partial clone lacks objects, and they cannot be
	// fetched.
	ErrMissingObjects = errors.New("objects are missing in this partial clone")
	// ErrNoCommit: a revision names no commit of the repository.
	ErrNoCommit = errors.New("no such commit")
)

// reason is one of git's messages, with what it means.
type reason struct {
	pattern *regexp.Regexp
	err     error
	message string // groups of the pattern are %[1]s and so on, the directory is the last
	hint    string
}

// reasons are tried in order. The wording is that of git 2.20 to 2.51 (setup.c,
// promisor-remote.c), in English because of LC_ALL=C.
var reasons = []reason{
	{
		pattern: regexp.MustCompile(`(?:dubious ownership in repository at|unsafe repository \()\s*'?([^'\n]+?)'?(?: is owned by someone else\))?(?:\n|$)`),
		err:     ErrOtherOwner,
		message: "the repository at %[1]s belongs to another user, and git refuses to use it (dubious ownership)",
		hint:    "If you trust it: git config --global --add safe.directory %[1]s. Or run as the user that owns the checkout.",
	},
	{
		pattern: regexp.MustCompile(`not a git repository: ([^\n]+)`),
		err:     ErrBrokenLink,
		message: "the work tree %[2]s belongs to the repository at %[1]s, which is not there",
		hint:    "Mount or copy that repository together with the work tree, at the same path, or make a clone of its own.",
	},
	{
		pattern: regexp.MustCompile(`not a git repository()`),
		err:     ErrNotRepository,
		message: "%[2]s is not in a git repository: werf builds commits",
		hint:    "Run in a clone of the module's repository, or make one: git init && git add -A && git commit.",
	},
	{
		pattern: regexp.MustCompile(`(?s)(?:fatal: ([^\n]+)\n.*)?(?:could not fetch \S+ from promisor remote|unable to read (?:sha1 file|tree)|missing (?:blob|tree))`),
		err:     ErrMissingObjects,
		message: "objects are missing in this repository, and git cannot fetch them: %[1]s",
		hint:    hintPartial,
	},
}

// hintPartial is the way out of a partial clone.
const hintPartial = "Clone without --filter (GitHub: no filter in actions/checkout), or complete this clone: git fetch --refetch --no-filter origin."

// explain gives an error one of the reasons and a hint. Some commands, such as
// diff, go on without a repository and fail at something else: then git is asked
// for the repository itself.
func (r Repository) explain(ctx context.Context, failed *Error) error {
	if err := explain(failed); err != nil {
		return err
	}
	var known *reasonError
	if failed.Command != checkCommand {
		if err := r.Check(ctx); errors.As(err, &known) {
			return err
		}
	}
	return failed
}

// explain returns nil for an error that has none of the reasons.
func explain(failed *Error) error {
	if errors.Is(failed.err, exec.ErrNotFound) {
		return exit.With(exit.Failed, &reasonError{failed, ErrNotInstalled, ErrNotInstalled.Error()}, "Install git on this machine or in the image of the CI job.")
	}
	for _, r := range reasons {
		groups := r.pattern.FindStringSubmatch(failed.Reason)
		if groups == nil {
			continue
		}
		args := []any{cmp.Or(strings.TrimSpace(groups[1]), failed.Reason), failed.Dir}
		return exit.With(exit.Failed, &reasonError{failed, r.err, fill(r.message, args)}, fill(r.hint, args))
	}
	return nil
}

// fill is Sprintf for a format that need not use all arguments.
func fill(format string, args []any) string {
	if !strings.Contains(format, "%[") {
		return format
	}
	return fmt.Sprintf(format+"%.0[2]s", args...)
}

// reasonError is an [Error] with a reason.
type reasonError struct {
	failed  *Error
	reason  error
	message string
}

// Error returns the sentence for the reason.
func (e *reasonError) Error() string { return e.message }

// Is reports whether target is the reason.
func (e *reasonError) Is(target error) bool { return target == e.reason }

// Unwrap returns the command that failed.
func (e *reasonError) Unwrap() error { return e.failed }
