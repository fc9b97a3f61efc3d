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
	return strings.FieldsFunc(string(out), func(r rune) bool { return r == '\n' })
}

func oneLine(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return lines[0]
}

// Changed lists the tracked files below dir that differ from the commit.
func Changed(ctx context.Context, dir string) []string {
	return git(ctx, dir, "diff", "--name-only", "--relative", "HEAD", "--", ".")
}
