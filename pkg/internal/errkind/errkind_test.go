package errkind_test

import (
	"errors"
	"io"
	"testing"

	"github.com/modship/modship/pkg/internal/errkind"
)

func TestKinds(t *testing.T) {
	kind := errors.New("a kind")
	err := errkind.New(kind, "read the list: %w", io.ErrUnexpectedEOF)
	if err.Error() != "read the list: unexpected EOF" || !errors.Is(err, kind) || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v: is of its kind %v, wraps its cause %v", err, errors.Is(err, kind), errors.Is(err, io.ErrUnexpectedEOF))
	}
	if errkind.With(kind, nil) != nil {
		t.Error("no error became one")
	}
}
