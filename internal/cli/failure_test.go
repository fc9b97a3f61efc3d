package cli

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/exit"
)

// goneError stands for an error type of a library.
type goneError struct{ ref string }

func (e *goneError) Error() string { return e.ref + " does not exist" }

func TestJudge(t *testing.T) {
	errBusy, errBusyHere := errors.New("busy"), errors.New("busy here")
	table := []failure{
		when(errBusyHere, advice{exit.Violated, "wait here"}),
		when(errBusy, advice{exit.Refused, "wait"}),
		whenType(func(e *goneError) advice { return advice{exit.Violated, "publish " + e.ref} }),
	}
	gone := fmt.Errorf("read: %w", &goneError{"v1.0.0"})
	for name, c := range map[string]struct {
		err  error
		want advice
	}{
		"value":             {fmt.Errorf("write: %w", errBusy), advice{exit.Refused, "wait"}},
		"first row wins":    {errors.Join(errBusy, errBusyHere), advice{exit.Violated, "wait here"}},
		"type":              {gone, advice{exit.Violated, "publish v1.0.0"}},
		"no row":            {errors.New("disk full"), advice{code: exit.Failed}},
		"canceled":          {fmt.Errorf("read: %w", context.Canceled), advice{code: exit.Interrupted}},
		"own code and hint": {exit.With(exit.Usage, gone, "give another tag"), advice{exit.Usage, "give another tag"}},
		"own code":          {exit.With(exit.Usage, gone, ""), advice{exit.Usage, "publish v1.0.0"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, judgeBy(table, c.err), cmp.AllowUnexported(advice{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
