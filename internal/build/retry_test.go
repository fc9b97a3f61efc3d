package build

import (
	"errors"
	"fmt"
	"testing"

	"github.com/werf/werf/v2/pkg/storage/manager"
)

// werf begins a build anew when its error ends with this one; another failed
// image must not hide it.
func TestUnexpectedStorageStateIsNotHidden(t *testing.T) {
	state := fmt.Errorf("stage setup: %w", manager.ErrUnexpectedStagesStorageState)
	b := &builder{}
	r := &runner{builder: b, units: map[string]unit{}, failures: map[string]Failure{
		"image:a": b.newFailure("a", &imageLog{}, state),
		"image:b": b.newFailure("b", &imageLog{}, errors.New("the commands ended with exit code 1")),
	}}
	if err := r.outcome(t.Context(), errors.New("schedule")); !manager.IsErrUnexpectedStagesStorageState(err) {
		t.Errorf("werf would not begin anew after: %v", err)
	}
}
