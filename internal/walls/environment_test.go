package walls

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// changesEnvironment are the packages that may change the environment of the
// process, by the functions of package os: werf and Buildah take settings from
// there only, and a program that is started again takes away what told it so.
var changesEnvironment = map[string][]string{
	"internal/werfenv":       {"Setenv", "Unsetenv"},
	"internal/build/start":   {"Unsetenv"},
	"internal/build/isolate": {"Unsetenv"},
}

// TestEnvironmentIsSetAtTheEdge fails when another package changes it: what one
// step sets there, others would have to hope for.
func TestEnvironmentIsSetAtTheEdge(t *testing.T) {
	root := filepath.Join("..", "..")
	for _, top := range []string{"cmd", "pkg", "internal"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(file string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
				return err
			}
			dir, err := filepath.Rel(root, filepath.Dir(file))
			if err != nil {
				return err
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			for _, name := range changed(parsed) {
				if !slices.Contains(changesEnvironment[filepath.ToSlash(dir)], name) {
					t.Errorf("%s calls os.%s: give the variable to werfenv.Open, or to the program that is started", file, name)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// changed lists the calls in a file that change the environment.
func changed(file *ast.File) []string {
	var names []string
	ast.Inspect(file, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok || !slices.Contains([]string{"Setenv", "Unsetenv", "Clearenv"}, selector.Sel.Name) {
			return true
		}
		if pkg, ok := selector.X.(*ast.Ident); ok && pkg.Name == "os" {
			names = append(names, selector.Sel.Name)
		}
		return true
	})
	return names
}

func TestChangedEnvironment(t *testing.T) {
	parsed, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\nfunc f() { os.Setenv(a, b); other.Setenv(a, b); _ = os.Getenv(a) }\n", 0)
	if err != nil {
		t.Fatal(err)
	}
	if names := changed(parsed); !slices.Equal(names, []string{"Setenv"}) {
		t.Errorf("found %v", names)
	}
}
