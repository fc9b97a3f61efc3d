package werfenv

import (
	"os"
	"testing"

	"github.com/modship/modship/internal/exit"
)

// werf panics over these while it declares its flags.
func TestVariablesThatWerfCannotRead(t *testing.T) {
	t.Setenv("WERF_PARALLEL_TASKS_LIMIT", "abc")
	t.Setenv("WERF_ALLOWED_LOCAL_CACHE_VOLUME_USAGE", "many")
	t.Setenv("WERF_LOOSE_GITERMINISM", "1")
	flags, err := NewFlags()
	if err != nil {
		t.Fatal(err)
	}
	const want = "werf does not understand WERF_ALLOWED_LOCAL_CACHE_VOLUME_USAGE=many and WERF_PARALLEL_TASKS_LIMIT=abc"
	if err := flags.Err(); err == nil || err.Error() != want || exit.CodeOf(err) != exit.Usage {
		t.Errorf("exit code %d: %v\nwant 2: %s", exit.CodeOf(err), err, want)
	}
	if !flags.RelaxedGiterminism() {
		t.Error("a variable that is right was not read")
	}
	if got := os.Getenv("WERF_PARALLEL_TASKS_LIMIT"); got != "abc" {
		t.Errorf("the environment was changed: %q", got)
	}
	t.Setenv("WERF_PARALLEL_TASKS_LIMIT", "3")
	t.Setenv("WERF_ALLOWED_LOCAL_CACHE_VOLUME_USAGE", "80")
	if flags, err = NewFlags(); err != nil || flags.Err() != nil {
		t.Errorf("right values: %v, %v", err, flags.Err())
	}
}
