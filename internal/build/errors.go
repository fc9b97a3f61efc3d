package build

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/werf/werf/v2/pkg/storage/manager"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/pkg/schedule"
)

// Failure is one image that could not be built.
type Failure struct {
	Image   string   `json:"image"`
	Stage   string   `json:"stage,omitempty"`
	Message string   `json:"message"`
	LogFile string   `json:"logFile,omitempty"`
	Tail    []string `json:"tail,omitempty"` // last lines of the log

	err       error
	explained error // with an exit code
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

func (b *builder) newFailure(name string, log *imageLog, err error) Failure {
	f := Failure{Image: name, LogFile: log.path, Tail: log.Tail(), err: err, explained: b.explain(err)}
	if at, ok := errors.AsType[*stageError](err); ok {
		f.Stage = at.stage
	}
	f.Message = f.explained.Error()
	return f
}

// outcome makes the error of a whole run. A failed image counts even when the
// context has ended meanwhile: werf ends it when a git command of another
// image is cancelled.
func (r *runner) outcome(ctx context.Context, err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.failures) == 0 {
		if ctx.Err() != nil {
			return exit.With(exit.Interrupted, context.Cause(ctx), "")
		}
		return r.explain(err)
	}
	e := &Error{NotBuilt: map[string][]string{}}
	for _, f := range r.failures {
		if manager.IsErrUnexpectedStagesStorageState(f.err) {
			// werf's signal to begin anew: another run wrote the stage.
			return fmt.Errorf("image %s: %w", f.Image, manager.ErrUnexpectedStagesStorageState)
		}
		e.Failures = append(e.Failures, f)
	}
	slices.SortFunc(e.Failures, func(a, b Failure) int { return compare(a.Image, b.Image) })
	if failed, ok := errors.AsType[*schedule.Error](err); ok {
		for id, because := range failed.NotRun {
			e.NotBuilt[r.units[id].name] = r.names(because)
		}
		for _, id := range failed.Canceled {
			e.NotBuilt[r.units[id].name] = nil
		}
	}
	first := e.Failures[0].explained
	for _, f := range e.Failures {
		if exit.CodeOf(f.explained) == exit.BuildFailed {
			first = f.explained // to be mended in the module: it counts before what may pass
			break
		}
	}
	return exit.With(exit.CodeOf(first), e, exit.HintOf(first))
}

func (r *runner) names(ids []string) []string {
	var names []string
	for _, id := range ids {
		names = append(names, r.units[id].name)
	}
	return names
}
