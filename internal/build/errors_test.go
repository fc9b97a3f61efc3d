package build

import (
	"errors"
	"testing"

	"github.com/modship/modship/internal/exit"
)

// Of several failures the one to be mended in the module decides.
func TestOutcome(t *testing.T) {
	b := &builder{repositories: []string{"r.example/m"}}
	r := &runner{builder: b, failures: map[string]Failure{
		"image:a": b.newFailure("a", &imageLog{}, errors.New("PUT https://r.example/v2/m/manifests/x: DENIED: no")),
		"image:b": b.newFailure("b", &imageLog{}, errors.New("container run failed: Status: , Code: 7")),
	}}
	if err := r.outcome(t.Context(), errors.New("schedule")); exit.CodeOf(err) != exit.BuildFailed || exit.HintOf(err) != "" {
		t.Errorf("exit code %d, hint %q: %v", exit.CodeOf(err), exit.HintOf(err), err)
	}
	delete(r.failures, "image:b")
	if err := r.outcome(t.Context(), errors.New("schedule")); exit.CodeOf(err) != exit.Refused {
		t.Errorf("exit code %d: %v", exit.CodeOf(err), err)
	}
}
