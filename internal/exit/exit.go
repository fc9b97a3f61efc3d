// Package exit gives an error the exit code of the program, and a hint that tells
// the user what to do. Only packages below internal use it; for the errors of the
// libraries, internal/cli has a table.
package exit

import (
	"context"
	"errors"

	"github.com/modship/modship/internal/werferr"
)

// Code is an exit code of modship. The values are part of the command line's
// contract: scripts branch on them.
type Code int

// The exit codes, as documented in docs/cli.md.
const (
	OK          Code = 0   // done
	Failed      Code = 1   // failed for a reason that has no code of its own
	Usage       Code = 2   // wrong flags, arguments or settings
	Violated    Code = 3   // a contract or channel rule is violated
	Refused     Code = 4   // the registry refused: authentication or permission
	BuildFailed Code = 5   // an image could not be built
	Changes     Code = 10  // plan --exit-code: there is something to do
	Interrupted Code = 130 // ended by SIGINT, SIGTERM or SIGHUP
)

// Error is an error with an exit code and a hint.
type Error struct {
	Code Code
	Err  error
	Hint string // one sentence that says what the user can do, or empty
}

// Error returns the text of the wrapped error, without the hint.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the wrapped error.
func (e *Error) Unwrap() error { return e.Err }

// With wraps err with a code and a hint. A nil err stays nil.
func With(code Code, err error, hint string) error {
	if err == nil {
		return nil
	}
	return &Error{Code: code, Err: err, Hint: hint}
}

// CodeOf returns the exit code of err: OK for nil, Interrupted for a cancelled
// context, the code of the outermost [Error] in the chain, else Failed.
func CodeOf(err error) Code {
	var (
		e         *Error
		explained *werferr.Error
	)
	switch {
	case err == nil:
		return OK
	case errors.As(err, &e):
		return e.Code
	case errors.As(err, &explained):
		return ofKind[explained.Kind]
	case errors.Is(err, context.Canceled):
		return Interrupted
	default:
		return Failed
	}
}

// HintOf returns the first hint in the chain of err, or "".
func HintOf(err error) string {
	for err != nil {
		var e *Error
		if !errors.As(err, &e) {
			break
		}
		if e.Hint != "" {
			return e.Hint
		}
		err = e.Err
	}
	if explained, ok := errors.AsType[*werferr.Error](err); ok {
		return explained.Hint
	}
	return ""
}

// ofKind maps the errors of werf.
var ofKind = map[werferr.Kind]Code{
	werferr.Module: Failed, werferr.Image: BuildFailed, werferr.Refused: Refused, werferr.Environment: Failed,
}
