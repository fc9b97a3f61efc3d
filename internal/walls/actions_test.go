package walls

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	uses   = regexp.MustCompile(`(?m)^\s*-?\s*uses:\s*(\S.*)$`)
	pinned = regexp.MustCompile(`^\S+@[0-9a-f]{40} # v\d`)
)

// TestActionsArePinned: actions of others are named by commit, with the version
// as a comment, in the workflows and in the actions of this repository.
func TestActionsArePinned(t *testing.T) {
	found := 0
	for _, pattern := range []string{".github/workflows/*.yml", "action.yml", "actions/*/action.yml"} {
		files, err := filepath.Glob(filepath.Join("..", "..", pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range uses.FindAllStringSubmatch(string(text), -1) {
				if action := m[1]; !strings.HasPrefix(action, "./") && !strings.HasPrefix(action, "modship/") {
					if found++; !pinned.MatchString(action) {
						t.Errorf("%s: %s: expected @<commit> # <version>", file, action)
					}
				}
			}
		}
	}
	if found == 0 {
		t.Error("no action of others is used: this test looks in the wrong place")
	}
}
