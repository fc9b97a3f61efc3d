package isolate

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/exit"
)

func TestSubordinateRange(t *testing.T) {
	file := filepath.Join(t.TempDir(), "subuid")
	if err := os.WriteFile(file, []byte("# comment\nsomebody:100000:65536\n4242:165536:65536\n4242:1:2\nbroken\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := subordinateRange(file, 4242)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"165536", "65536"}, got); diff != "" {
		t.Error(diff)
	}
	for _, tc := range []struct {
		file string
		uid  int
	}{{file, 4243}, {file + ".missing", 4242}} {
		_, err := subordinateRange(tc.file, tc.uid)
		if err == nil || exit.HintOf(err) != subordinateHint {
			t.Errorf("%s, %d: error %v without the way out", tc.file, tc.uid, err)
		}
	}
}
