package build

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

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
	f := Failure{Image: name, LogFile: log.path, Tail: log.Tail()}
	var at *stageError
	if errors.As(err, &at) {
		f.Stage = at.stage
	}
	f.Message = shorten(err.Error())
	return f
}

// explain makes the error of a whole run.
func (r *runner) explain(ctx context.Context, run *graph.Run, err error) error {
	if ctx.Err() != nil {
		return exit.With(exit.Interrupted, context.Cause(ctx), "")
	}
	var failed *graph.ScheduleError
	if !errors.As(err, &failed) {
		return err
	}
	e := &Error{NotBuilt: map[string][]string{}}
	for _, f := range r.failures {
		e.Failures = append(e.Failures, f)
	}
	slices.SortFunc(e.Failures, func(a, b Failure) int { return compare(a.Image, b.Image) })
	for id, because := range failed.NotRun {
		var names []string
		for _, b := range because {
			names = append(names, r.units[b].name)
		}
		e.NotBuilt[r.units[id].name] = names
	}
	if len(e.Failures) == 0 {
		return err
	}
	first := explain(errors.New(e.Error()))
	return exit.With(code(first), e, exit.HintOf(first))
}

func code(err error) exit.Code {
	if c := exit.CodeOf(err); c != exit.Failed {
		return c
	}
	return exit.BuildFailed
}

// An explanation recognises a cause that the user can do something about.
type explanation struct {
	pattern *regexp.Regexp
	code    exit.Code
	hint    string
}

var explanations = []explanation{
	{regexp.MustCompile(`(?i)no space left on device`), exit.Failed,
		"Free disk space; the program's own images are below the data folder that `modship env` shows."},
	{regexp.MustCompile(`(?i)(unauthorized|authentication required|no basic auth credentials|401)`), exit.Refused,
		"Log in to the registry (docker login, crane auth login), or set MODULES_REGISTRY_LOGIN and MODULES_REGISTRY_PASSWORD; a password that is set is not accepted."},
	{regexp.MustCompile(`(?i)(denied|forbidden|read.only|UNSUPPORTED|403|405)`), exit.Refused,
		"The user may not write there: check the permissions of the account for this repository."},
	{regexp.MustCompile(`(?i)(connection refused|no such host|i/o timeout|network is unreachable|no route to host)`), exit.Failed,
		"The registry does not answer: check the address in --source and the network."},
	{regexp.MustCompile(`(?i)(manifest unknown|MANIFEST_UNKNOWN|not found: manifest|name unknown)`), exit.BuildFailed,
		"A base image is not in its registry: check the reference, and for a module's own registry that it was pushed there."},
	{regexp.MustCompile(`stages required`), exit.BuildFailed,
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

// maxMessage bounds the one line that an error is; the log file has the rest.
const maxMessage = 400

func shorten(text string) string {
	text = strings.TrimSpace(spaces.ReplaceAllString(escapes.ReplaceAllString(text, ""), " "))
	if len(text) > maxMessage {
		text = text[:maxMessage/2] + " … " + text[len(text)-maxMessage/2:]
	}
	return text
}
