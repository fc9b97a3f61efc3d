package walls

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const modulePath = "github.com/modship/modship"

// TestWalls checks the packages of this repository, and that the table has no
// rows of packages that are gone.
func TestWalls(t *testing.T) {
	packages := list(t)
	for _, sentence := range Check(modulePath, packages, Table{Walls: Walls(), Reserved: Reservations()}) {
		t.Error(sentence)
	}
	known := map[string]bool{}
	for _, p := range packages {
		known[p.ImportPath] = true
	}
	for _, wall := range Walls() {
		if !known[modulePath+"/"+wall.Package] {
			t.Errorf("the wall of %s names a package that does not exist", wall.Package)
		}
	}
}

// list asks go for the program's packages and all they depend on. A package
// outside that has no Go files under this machine's build tags does not matter
// here, hence -e.
func list(t *testing.T) []Package {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-deps", "-json=ImportPath,Standard,Imports", "./cmd/...", "./pkg/...", "./internal/...")
	cmd.Dir = filepath.Join("..", "..")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v: %s", err, stderr.String())
	}
	var packages []Package
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p Package
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

func TestCheck(t *testing.T) {
	walls := []Wall{
		{Package: "pkg/a", Ours: []string{}, Foreign: []string{"good.example/x"}},
		{Package: "pkg/b", NeverReached: []string{"bad.example/"}},
		{Package: "pkg/c", Never: []string{"bad.example/"}},
		{Package: "pkg/c/open"},
	}
	reserved := []Reserved{{Path: "edge.example/", For: []string{"pkg/b", "internal"}}}
	pkg := func(name string, imports ...string) Package {
		return Package{ImportPath: "m/" + name, Imports: imports}
	}
	std := Package{ImportPath: "fmt", Standard: true}
	through := Package{ImportPath: "good.example/x", Imports: []string{"bad.example/y"}}
	for name, c := range map[string]struct {
		packages []Package
		want     []string
	}{
		"allowed":            {packages: []Package{pkg("pkg/a", "fmt", "good.example/x"), pkg("pkg/c", "good.example/x", "m/pkg/a"), through, std}},
		"ours":               {packages: []Package{pkg("pkg/a", "m/pkg/b"), pkg("pkg/b")}, want: []string{"pkg/a must not import pkg/b"}},
		"foreign":            {packages: []Package{pkg("pkg/a", "good.example/xy")}, want: []string{"pkg/a must not import good.example/xy"}},
		"direct":             {packages: []Package{pkg("pkg/c", "bad.example/y")}, want: []string{"pkg/c must not import bad.example/y"}},
		"sub-folder":         {packages: []Package{pkg("pkg/c/d", "bad.example/y")}, want: []string{"pkg/c/d must not import bad.example/y"}},
		"own row wins":       {packages: []Package{pkg("pkg/c/open", "bad.example/y")}},
		"no row":             {packages: []Package{pkg("pkg/new")}, want: []string{"pkg/new has no wall: add a row to internal/walls"}},
		"internal has walls": {packages: []Package{pkg("internal/new")}, want: []string{"internal/new has no wall: add a row to internal/walls"}},
		"outside of program": {packages: []Package{pkg("tools/new", "bad.example/y", "edge.example/z")}},
		"reserved":           {packages: []Package{pkg("pkg/c", "edge.example/z")}, want: []string{"pkg/c must not import edge.example/z, which is reserved for pkg/b, internal"}},
		"reserved for it":    {packages: []Package{pkg("pkg/b", "edge.example/z")}},
		"reached": {
			packages: []Package{pkg("pkg/b", "good.example/x"), through},
			want:     []string{"pkg/b must not depend on bad.example/y: pkg/b → good.example/x → bad.example/y"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, Check("m", c.packages, Table{walls, reserved})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
