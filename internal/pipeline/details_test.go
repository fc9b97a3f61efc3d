package pipeline

import (
	"errors"
	"testing"

	"github.com/modship/modship/internal/exit"
)

func TestWithoutDetails(t *testing.T) {
	for text, want := range map[string]string{
		"UNAUTHORIZED: authentication required; [map[Action:pull Class: Name:m/echo Type:repository]]":                              "UNAUTHORIZED: authentication required",
		"DENIED: denied; [map[Action:pull Class: Name:m Type:repository] map[Action:push Class: Name:m Type:repository]]: and more": "DENIED: denied: and more",
		"UNKNOWN: x; map[Err:28]": "UNKNOWN: x",
		"a [map] of nothing":      "a [map] of nothing",
	} {
		err := withoutDetails(exit.With(exit.Refused, errors.New(text), "a hint"))
		if err.Error() != want || exit.CodeOf(err) != exit.Refused || exit.HintOf(err) != "a hint" {
			t.Errorf("%q (code %d, hint %q), want %q", err, exit.CodeOf(err), exit.HintOf(err), want)
		}
	}
}
