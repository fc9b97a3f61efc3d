// Package git is the only caller of the git program. It reads the repository
// that a module is in, and never writes to it.
//
// Errors keep git's own reason. Those that a user can act on have types of
// their own and a hint with the command that helps; see [Error].
package git

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// Repository is the git repository that a directory is in.
type Repository struct {
	dir string
	// own is set for a repository that this program made. The variables with
	// which git tells a hook or an alias about the user's repository are not
	// meant for it.
	own bool
}

// At returns the repository that dir is in. Nothing is looked at before the
// first question; [Repository.Check] reports whether there is one.
func At(dir string) Repository { return Repository{dir: dir} }

// Dir returns the directory that the repository was named by.
func (r Repository) Dir() string { return r.dir }

// run runs git in the directory of the repository and returns what it prints.
func (r Repository) run(ctx context.Context, args ...string) (string, error) {
	return r.runWith(ctx, "", args...)
}

// runWith is run with an input.
func (r Repository) runWith(ctx context.Context, input string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", r.dir}, args...)...)
	cmd.Env = r.environment()
	cmd.Stdin = strings.NewReader(input)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		return "", r.explain(ctx, &Error{Dir: r.dir, Command: args[0], Reason: strings.TrimSpace(stderr.String()), err: err})
	}
	return out.String(), nil
}

// environment is the one for git: messages in English, because reasons are
// recognised by them, and never a question at the terminal.
func (r Repository) environment() []string {
	env := []string{}
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if r.own && slices.Contains(places, name) || name == "LC_ALL" || name == "LANGUAGE" {
			continue
		}
		env = append(env, variable)
	}
	return append(env, "LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0")
}

// places are the variables that say where a repository and its parts are.
var places = []string{
	"GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY",
	"GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_SHALLOW_FILE", "GIT_NAMESPACE", "GIT_PREFIX",
}

// line runs git and returns its only line.
func (r Repository) line(ctx context.Context, args ...string) (string, error) {
	out, err := r.run(ctx, args...)
	return strings.TrimSuffix(out, "\n"), err
}

// records runs git and returns what it prints, split at NUL bytes.
func (r Repository) records(ctx context.Context, args ...string) ([]string, error) {
	out, err := r.run(ctx, args...)
	if err != nil || out == "" {
		return nil, err
	}
	return strings.Split(strings.TrimSuffix(out, "\x00"), "\x00"), nil
}

// setting returns a value of git's configuration, empty if it is not set.
func (r Repository) setting(ctx context.Context, name string) (string, error) {
	value, err := r.line(ctx, "config", "--get", name)
	return value, unlessNotFound(err)
}

// notFound is the exit code with which git says that there is nothing of what
// it was asked for, see git-config(1), git-symbolic-ref(1), git-rev-parse(1).
const notFound = 1

// unlessNotFound drops the error of a command that ended with notFound and without a
// reason.
func unlessNotFound(err error) error {
	var failed *Error
	var ended *exec.ExitError
	if errors.As(err, &failed) && failed.Reason == "" && errors.As(failed.err, &ended) && ended.ExitCode() == notFound {
		return nil
	}
	return err
}
