package werfenv

import (
	"os"
	"path/filepath"
	"testing"
)

func TestIsOver(t *testing.T) {
	base := t.TempDir()
	for _, dir := range []string{"modship-1", "modship-2", "other-1"} {
		if err := os.Mkdir(filepath.Join(base, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	p := &Process{runDir: filepath.Join(base, "modship-1")}
	for path, want := range map[string]bool{
		"modship-1/scripts":       true,  // of this run
		"modship-2/scripts":       false, // of a run that goes on
		"modship-3/scripts":       true,  // of a run that was killed
		"modship-12/scripts":      true,
		"other-1/scripts":         false, // of somebody else
		"other-2/scripts":         false,
		"../elsewhere/modship-3/": false,
	} {
		if got := p.isOver(filepath.Join(base, path)); got != want {
			t.Errorf("isOver(%s) = %t, want %t", path, got, want)
		}
	}
}
