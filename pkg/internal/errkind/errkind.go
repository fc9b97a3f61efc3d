// Package errkind gives an error a kind that callers can branch on with
// [errors.Is], without a change of its text.
package errkind

import (
	"errors"
	"fmt"
)

// New returns an error of a kind with a text of its own.
func New(kind error, format string, args ...any) error {
	return With(kind, fmt.Errorf(format, args...))
}

// With returns err as an error of a kind; nil stays nil.
func With(kind, err error) error {
	if err == nil {
		return nil
	}
	return &kinded{kind: kind, err: err}
}

type kinded struct{ kind, err error }

// Error returns the text of the error; that of the kind is left out.
func (k *kinded) Error() string { return k.err.Error() }

// Unwrap returns the kind and the error.
func (k *kinded) Unwrap() []error { return []error{k.kind, k.err} }

// HasKind reports whether err was given a kind by this package.
func HasKind(err error) bool {
	var k *kinded
	return errors.As(err, &k)
}
