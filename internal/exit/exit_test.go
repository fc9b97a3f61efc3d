package exit

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

func TestCodeAndHint(t *testing.T) {
	plain := errors.New("plain")
	inner := With(Refused, plain, "log in")
	for _, tc := range []struct {
		name string
		err  error
		code Code
		hint string
	}{
		{"nil", nil, OK, ""},
		{"plain", plain, Failed, ""},
		{"with", inner, Refused, "log in"},
		{"wrapped", fmt.Errorf("publish: %w", inner), Refused, "log in"},
		{"outer code wins, first hint wins", With(Usage, inner, ""), Usage, "log in"},
		{"outer hint", With(Usage, inner, "use --tag"), Usage, "use --tag"},
		{"cancelled", fmt.Errorf("build: %w", context.Canceled), Interrupted, ""},
		{"cancelled with a code", With(BuildFailed, context.Canceled, ""), BuildFailed, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := CodeOf(tc.err); got != tc.code {
				t.Errorf("CodeOf = %d, want %d", got, tc.code)
			}
			if got := HintOf(tc.err); got != tc.hint {
				t.Errorf("HintOf = %q, want %q", got, tc.hint)
			}
		})
	}
	if With(Usage, nil, "hint") != nil {
		t.Error("With(nil) is an error")
	}
	if !errors.Is(inner, plain) {
		t.Error("the wrapped error is lost")
	}
}
