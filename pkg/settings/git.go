package settings

import (
	"context"
	"os/exec"
	"strings"
)

// git runs a reading git command in dir and returns its lines. A command that
// fails has no lines: what it asks for is not there, and the caller goes on to
// the next source of the value.
func git(ctx context.Context, dir string, args ...string) []string {
	out, err := exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...).Output()
	if err != nil {
		return nil
	}
	return strings.Fields(string(out))
}

func oneLine(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return lines[0]
}

// Clean tells whether the work tree of dir has no uncommitted change, new
// files included.
func Clean(ctx context.Context, dir string) bool {
	return len(git(ctx, dir, "status", "--porcelain")) == 0
}
