package cli

import (
	"cmp"
	"errors"
	"slices"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/pkg/module"
)

// advice is what an error means for the user: the exit code, and the hint.
type advice struct {
	code exit.Code
	hint string // says what to do; may be empty
}

// failure is a row of the table of failures. It reports whether the row is
// about err, and if so what err means.
type failure func(err error) (advice, bool)

// failures returns the table that gives the errors of the libraries (pkg/…)
// their exit codes and hints. Libraries know neither, nor flags, nor commands;
// their errors say what failed, and carry what a hint needs as fields.
//
// A new error type gets its row in the list of its library; a new library gets
// a list of its own in failure_<library>.go. The first row that matches wins, so
// a row for a special case stands above the row for the general one.
//
// The program's own packages (internal/…) wrap their errors with [exit.With].
func failures() []failure {
	return slices.Concat(publishFailures, pruneFailures, remoteFailures, moduleFailures)
}

// hintLogin says how to give a login for a registry.
const hintLogin = "Log in with docker login, or set MODULES_REGISTRY_LOGIN and MODULES_REGISTRY_PASSWORD."

var moduleFailures = []failure{
	when(module.ErrSourceAt, advice{exit.Usage, hintLogin}),
}

// when returns a row for errors that are target in the sense of [errors.Is].
func when(target error, a advice) failure {
	return func(err error) (advice, bool) { return a, errors.Is(err, target) }
}

// whenType returns a row for errors of type E in the sense of [errors.As].
func whenType[E error](explain func(E) advice) failure {
	return func(err error) (advice, bool) {
		var typed E
		if !errors.As(err, &typed) {
			return advice{}, false
		}
		return explain(typed), true
	}
}

// judge returns what err means, by the table of failures. Code and hint that the
// program's own packages gave the error win over those of the table.
func judge(err error) advice { return judgeBy(failures(), err) }

func judgeBy(table []failure, err error) advice {
	found := advice{code: exit.CodeOf(err)}
	for _, row := range table {
		if a, matches := row(err); matches {
			found = a
			break
		}
	}
	if own, ok := errors.AsType[*exit.Error](err); ok {
		found.code = own.Code
	}
	found.hint = cmp.Or(exit.HintOf(err), found.hint)
	return found
}
