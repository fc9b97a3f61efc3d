package graph

import (
	"go/build"
	"strings"
	"testing"
)

// TestImports keeps the wall: this package knows nothing of containers,
// registries or the command line.
func TestImports(t *testing.T) {
	for _, dir := range []string{".", "layout"} {
		p, err := build.ImportDir(dir, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range p.Imports {
			host, _, _ := strings.Cut(name, "/")
			if strings.Contains(host, ".") && !strings.HasPrefix(name, "github.com/modship/modship/pkg/graph/") {
				t.Errorf("%s imports %s: only the standard library and its own layout are allowed", dir, name)
			}
		}
	}
}
