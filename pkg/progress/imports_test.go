package progress

import (
	"go/build"
	"slices"
	"strings"
	"testing"
)

// TestImports keeps the wall: displays know the events of the graph, and
// terminals.
func TestImports(t *testing.T) {
	allowed := []string{"github.com/modship/modship/pkg/graph", "github.com/mattn/go-runewidth", "golang.org/x/term"}
	p, err := build.ImportDir(".", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range p.Imports {
		host, _, _ := strings.Cut(name, "/")
		if strings.Contains(host, ".") && !slices.Contains(allowed, name) {
			t.Errorf("imports %s, which is not one of %v", name, allowed)
		}
	}
}
