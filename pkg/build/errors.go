package build

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/werf/werf/v2/pkg/storage/manager"

	"github.com/modship/modship/pkg/exit"
	"github.com/modship/modship/pkg/graph"
)

// Failure is one image that could not be built.
type Failure struct {
	Image   string   `json:"image"`
	Stage   string   `json:"stage,omitempty"`
	Message string   `json:"message"`
	LogFile string   `json:"logFile,omitempty"`
	Tail    []string `json:"tail,omitempty"` // last lines of the log

	err error
}

// Error is a build with failed images.
type Error struct {
	Failures []Failure
	// NotBuilt maps each image that was not built to the failed images it
	// needs; none means it was ready or running when the build was ended.
	NotBuilt map[string][]string
}

// Error names the failed images.
func (e *Error) Error() string {
	var b strings.Builder
	for i, f := range e.Failures {
		if i > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "image %s", f.Image)
		if f.Stage != "" {
			fmt.Fprintf(&b, ", stage %s", f.Stage)
		}
		fmt.Fprintf(&b, ": %s", f.Message)
	}
	return b.String()
}

// stageError says at which stage an image failed.
type stageError struct {
	stage string
	err   error
}

func (e *stageError) Error() string { return e.err.Error() }
func (e *stageError) Unwrap() error { return e.err }

func newFailure(name string, log *imageLog, err error) Failure {
	f := Failure{Image: name, LogFile: log.path, Tail: log.Tail(), err: err}
	var at *stageError
	if errors.As(err, &at) {
		f.Stage = at.stage
	}
	f.Message = shorten(err.Error())
	if f.Message == errStagesRequired {
		f.Message = "it is not in the repository"
	}
	return f
}

// explain makes the error of a whole run. A failed image counts even when the
// context has ended meanwhile: werf ends it when a git command of another
// image is cancelled.
func (r *runner) explain(ctx context.Context, err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.failures) == 0 {
		if ctx.Err() != nil {
			return exit.With(exit.Interrupted, context.Cause(ctx), "")
		}
		return explain(err)
	}
	e := &Error{NotBuilt: map[string][]string{}}
	for _, f := range r.failures {
		if manager.IsErrUnexpectedStagesStorageState(f.err) {
			// werf's signal to begin anew: somebody else wrote the stage.
			return fmt.Errorf("image %s: %w", f.Image, manager.ErrUnexpectedStagesStorageState)
		}
		e.Failures = append(e.Failures, f)
	}
	slices.SortFunc(e.Failures, func(a, b Failure) int { return compare(a.Image, b.Image) })
	var failed *graph.ScheduleError
	if errors.As(err, &failed) {
		for id, because := range failed.NotRun {
			e.NotBuilt[r.units[id].name] = r.names(because)
		}
		for _, id := range failed.Canceled {
			e.NotBuilt[r.units[id].name] = nil
		}
	}
	first := explain(errors.New(e.Error()))
	return exit.With(exit.CodeOf(first), e, exit.HintOf(first))
}

func (r *runner) names(ids []string) []string {
	var names []string
	for _, id := range ids {
		names = append(names, r.units[id].name)
	}
	return names
}

// An explanation recognises a cause that the user can do something about.
type explanation struct {
	pattern *regexp.Regexp
	code    exit.Code
	hint    string
}

var explanations = []explanation{
	{regexp.MustCompile(`(?i)(HTTP status: 507|insufficient storage)`), exit.Failed,
		"The registry has no space left: free some or enlarge its storage."},
	{regexp.MustCompile(`(?i)no space left on device`), exit.Failed,
		"Free disk space; the program's own images are below the data folder that `modship env` shows."},
	{regexp.MustCompile(`(?i)(unauthorized|authentication required|no basic auth credentials|\b401\b)`), exit.Refused,
		"Log in to the registry (docker login, crane auth login), or set MODULES_REGISTRY_LOGIN and MODULES_REGISTRY_PASSWORD; a password that is set is not accepted."},
	{regexp.MustCompile(`(?i)(read.only|UNSUPPORTED:|\b405\b)`), exit.Refused,
		"The registry takes no writes: it is read-only, or does not allow this operation."},
	{regexp.MustCompile(`(?i)(denied|forbidden|\b403\b)`), exit.Refused,
		"The user may not write there: check the permissions of the account for this repository."},
	{regexp.MustCompile(`(?i)(connection refused|no such host|i/o timeout|network is unreachable|no route to host)`), exit.Failed,
		"The registry does not answer: check the address in --source and the network."},
	{regexp.MustCompile(`(?i)(HTTP status: 5\d\d|\b50[0-4] [A-Z])`), exit.Failed,
		"The registry has a problem of its own: look at its log; running again goes on where this run stopped."},
	{regexp.MustCompile(`(?i)(manifest unknown|MANIFEST_UNKNOWN|not found: manifest|name unknown)`), exit.BuildFailed,
		"A base image is not in its registry: check the reference, and for a module's own registry that it was pushed there."},
	{regexp.MustCompile(`it is not in the repository$`), exit.BuildFailed,
		"--require-built-images is set, and this image is not in the repository: build it first."},
}

// explain adds an exit code and a way out to an error of werf's build.
func explain(err error) error {
	text := err.Error()
	for _, e := range explanations {
		if e.pattern.MatchString(text) {
			return exit.With(e.code, errors.New(shorten(text)), e.hint)
		}
	}
	return exit.With(exit.BuildFailed, errors.New(shorten(text)), "")
}

var spaces = regexp.MustCompile(`\s+`)

// wrappers are what werf puts around an error on its way up and what the stage
// named beside the message already says.
var wrappers = regexp.MustCompile(strings.Join([]string{
	`failed to build image for stage \S+ with digest \S+: `,
	`error building stage \S+: `,
	`error building stapel stage with buildah-backend: `,
	`unable to run commands script: `,
	`RunCommand failed: `,
	`unable to fetch base image "[^"]*" for stage \S+: `,
	`( ?subprocess exited with status \d+)+( exit status \d+)?$`,
}, "|"))

// runStatus is a shell's exit code, in the words of Buildah.
var runStatus = regexp.MustCompile(`(?:subprocess exited with status|exit status) (\d+)`)

// What werf and the registry clients say last of a failed request; what is
// before it repeats the image's name in other words. The query of an upload
// address is the registry's own.
var (
	push        = regexp.MustCompile(`([a-z0-9.:-]+(?:/[a-z0-9._-]+)+):[0-9a-f]{56}-\d+.*(writing (?:blob|manifest)\b.*)$`)
	request     = regexp.MustCompile(`(?i)\b(?:GET|HEAD|POST|PUT|PATCH|DELETE) "?https?://.*$`)
	uploadQuery = regexp.MustCompile(`(/blobs/uploads/[^?\s]*)\?[^\s":]*`)
)

// maxMessage bounds the one line that an error is; the log file has the rest.
const maxMessage = 400

func shorten(text string) string {
	text = strings.TrimSpace(spaces.ReplaceAllString(escapes.ReplaceAllString(text, ""), " "))
	status := runStatus.FindStringSubmatch(text)
	if failed := push.FindStringSubmatch(text); failed != nil {
		text = "push to " + failed[1] + ": " + failed[2]
	}
	if failed := request.FindString(text); failed != "" {
		text = failed
	}
	text = uploadQuery.ReplaceAllString(text, "$1")
	text = wrappers.ReplaceAllString(text, "")
	if status != nil && strings.TrimSpace(text) == "" {
		text = "the commands ended with exit code " + status[1]
	}
	if len(text) > maxMessage {
		text = text[:maxMessage/2] + " … " + text[len(text)-maxMessage/2:]
	}
	return text
}
