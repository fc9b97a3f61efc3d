package walls

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// ofTheProgram matches a text that only the command line may print: a flag, a
// command, or a variable of the environment.
var ofTheProgram = regexp.MustCompile(`(^|[^-A-Za-z])--[a-z]|\bmodship [a-z]|\b(MODULES|MODSHIP|WERF)_[A-Z]`)

// notYet are the libraries whose texts have still to be moved to internal/cli.
var notYet = []string{"pkg/werfcfg", "pkg/contract"}

// TestLibrariesNameNoFlags fails when a text of a library names a flag, a
// command or a variable of modship: another program that imports the library has
// none of them. internal/cli adds them to the hint (failures).
func TestLibrariesNameNoFlags(t *testing.T) {
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(filepath.Join(root, "pkg"), func(file string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") && !matches(filepath.ToSlash(name), notYet) {
			checkTexts(t, file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// checkTexts looks at the string literals of a file.
func checkTexts(t *testing.T, file string) {
	t.Helper()
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		literal, ok := n.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			return true
		}
		text, err := strconv.Unquote(literal.Value)
		if err != nil {
			t.Fatal(err)
		}
		if found := ofTheProgram.FindString(text); found != "" {
			t.Errorf("%s: %q names %q, which belongs to the command line", files.Position(literal.Pos()), text, strings.TrimSpace(found))
		}
		return true
	})
}

func TestOfTheProgram(t *testing.T) {
	for text, want := range map[string]bool{
		"skip the ladder with --skip-ladder": true,
		"--force overwrites it":              true,
		"look with modship status":           true,
		"set WERF_INSECURE_REGISTRY=1":       true,
		"copy-from":                          false,
		"a --> b":                            false,
		"modship":                            false,
		"the version is not published":       false,
	} {
		if got := ofTheProgram.MatchString(text); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
}
