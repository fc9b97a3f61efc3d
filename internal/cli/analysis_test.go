package cli

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/modship/modship/internal/exit"
)

func TestCheckOutput(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "timeline.html")
	for _, name := range []string{"", file} {
		if err := checkOutput("--timeline", name); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{dir, filepath.Join(dir, "nowhere", "timeline.html"), filepath.Join(os.Args[0], "timeline.html")} {
		if err := checkOutput("--timeline", name); exit.CodeOf(err) != exit.Usage {
			t.Errorf("%s: %v", name, err)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("it left %v, %v", entries, err)
	}
}
