package modulerepo_test

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/modship/modship/internal/baseimage"
	"github.com/modship/modship/internal/baseimage/modulerepo"
)

var update = flag.Bool("update", false, "write the base image's current tag into the committed modules")

// TestCommittedReferences keeps the committed modules on the current base
// image. After a change of the toolbox run it with -update.
func TestCommittedReferences(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	tag, err := baseimage.Tag(filepath.Join(root, "tools", "toolbox"))
	if err != nil {
		t.Fatal(err)
	}
	references := 0
	for _, dir := range []string{"examples", filepath.Join("e2e", "testdata", "modules")} {
		if err := filepath.WalkDir(filepath.Join(root, dir), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			references += bytes.Count(text, []byte("toolbox:src-"))
			current := modulerepo.Retarget(text, modulerepo.Registry, tag)
			if bytes.Equal(text, current) {
				return nil
			}
			if !*update {
				t.Errorf("%s names an older base image than %s; run this test with -update", path, tag)
				return nil
			}
			return os.WriteFile(path, current, 0o644)
		}); err != nil {
			t.Fatal(err)
		}
	}
	if references == 0 {
		t.Error("no module names the base image")
	}
}
