package modulerepo

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// firstCommit is the date of a module's first commit.
var firstCommit = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// git runs git in dir, free of the user's settings, and returns its output.
func git(ctx context.Context, dir string, when time.Time, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = dir
	date := fmt.Sprintf("%d +0000", when.Unix())
	cmd.Env = append(environment(),
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=modship", "GIT_AUTHOR_EMAIL=modship@localhost", "GIT_AUTHOR_DATE="+date,
		"GIT_COMMITTER_NAME=modship", "GIT_COMMITTER_EMAIL=modship@localhost", "GIT_COMMITTER_DATE="+date)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("git %s in %s: %w: %s", args[0], dir, err, strings.TrimSpace(string(out)))
	}
	return strings.TrimSpace(string(out)), nil
}

// environment is this process's without what a git hook sets: with GIT_DIR the
// commands would work on another repository.
func environment() []string {
	var kept []string
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "GIT_") {
			kept = append(kept, pair)
		}
	}
	return kept
}
