package publish

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestWall keeps this package a library on its own: of this program it knows
// what a module is and how errors are coded, and nothing of werf.
func TestWall(t *testing.T) {
	allowed := map[string]bool{
		"github.com/modship/modship/internal/exit": true,
		"github.com/modship/modship/pkg/module":    true,
	}
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range parsed.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			own := strings.HasPrefix(path, "github.com/modship/") && !allowed[path]
			if own || strings.HasPrefix(path, "github.com/werf/") || strings.HasPrefix(path, "github.com/spf13/") {
				t.Errorf("%s imports %s", file, path)
			}
		}
	}
}
