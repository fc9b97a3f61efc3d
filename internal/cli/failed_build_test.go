package cli

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/build"
	"github.com/modship/modship/internal/exit"
)

func TestFailureListsWhatWasNotBuilt(t *testing.T) {
	err := fmt.Errorf("build: %w", exit.With(exit.BuildFailed, &build.Error{
		Failures: []build.Failure{{Image: "a", Stage: "setup", Message: "x", LogFile: "/logs/a.log"}, {Image: "b", Message: "y"}},
		NotBuilt: map[string][]string{"bundle": {"b", "a"}, "digests": {"b", "a"}, "c": {"a"}, "slow": nil},
	}, "look"))
	var out bytes.Buffer
	printError(&out, err)
	want := `error: build: image a, stage setup: x; image b: y
log of a: /logs/a.log
canceled: slow
not built, because a failed: c
not built, because a, b failed: bundle, digests
hint: look
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}
