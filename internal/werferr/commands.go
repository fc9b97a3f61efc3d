package werferr

import (
	"errors"
	"os/exec"
	"regexp"
	"strings"
)

// output is where werf puts what commands wrote to standard error into an
// error: after the text of the group, before the error itself.
var output = regexp.MustCompile(`^(RunCommand failed:|unable to build Dockerfile "[^"]*":)\n`)

// dockerCommands is how Docker says that commands in a container failed. What
// they wrote is in the log only.
var dockerCommands = regexp.MustCompile(`container run failed: .*\b[Cc]ode: (\d+)|(?s:failed to solve: .*(?:executor failed running|did not complete successfully)\b.*)exit code: (\d+)|returned a non-zero code: (\d+)`)

// dockerFailed is the exit code of `docker run` when it could not start a container.
const dockerFailed = "125"

// commandsFailed reports whether the commands of a stage ended with an exit
// code, and what they said about it.
func commandsFailed(err error) (message string, ok bool) {
	if match := dockerCommands.FindStringSubmatch(err.Error()); match != nil {
		code := strings.Join(match[1:], "")
		return endedWith(code), code != dockerFailed
	}
	printed, wrapped := outputOf(err)
	var ended *exec.ExitError
	if wrapped == nil || !errors.As(wrapped, &ended) {
		return "", false
	}
	var lines []string
	for line := range strings.SplitSeq(ansi.ReplaceAllString(printed, ""), "\n") {
		if !subprocess.MatchString(line) {
			lines = append(lines, line)
		}
	}
	if message = strings.Join(strings.Fields(strings.Join(lines, " ")), " "); message != "" {
		return bound(message), true
	}
	status := runStatus.FindStringSubmatch(err.Error())
	if status == nil {
		return "the commands were ended: " + ended.String(), true
	}
	return endedWith(status[1]), true
}

func endedWith(code string) string { return "the commands ended with exit code " + code }

// runStatus is a shell's exit code, in the words of Buildah.
var runStatus = regexp.MustCompile(`(?:subprocess exited with status|exit status) (\d+)`)

// subprocess is what Buildah adds to the output.
var subprocess = regexp.MustCompile(`^\s*(?:subprocess exited with status \d+|exit status \d+)?\s*$`)

// outputOf finds the error that has the output of commands in its text, and
// returns the output and the error below it.
func outputOf(err error) (printed string, below error) {
	for ; err != nil; err = errors.Unwrap(err) {
		text := err.Error()
		head := output.FindString(text)
		if head == "" {
			continue
		}
		if below = errors.Unwrap(err); below != nil {
			return strings.TrimSuffix(strings.TrimPrefix(text, head), below.Error()), below
		}
	}
	return "", nil
}

// withoutOutput is the text of an error without the output of commands in it.
func withoutOutput(err error) string {
	text := err.Error()
	if printed, _ := outputOf(err); printed != "" {
		text = strings.Replace(text, printed, "", 1)
	}
	return text
}
