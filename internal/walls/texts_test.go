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

// ofTheProgram matches a flag, a command or a variable of modship in a text.
var ofTheProgram = regexp.MustCompile(`(^|[^-A-Za-z])--[a-z]|` +
	`\bmodship (build|clean|completion|copy|env|explain|graph|help|init|lint|login|match|matrix|override|plan|promote|prune|publish|registry|render|status|verify|version)\b|` +
	`\bMODSHIP_[A-Z]`)

// ofGit matches a call of git, whose flags are not ours.
var ofGit = regexp.MustCompile(`\bgit [a-z-]+( --?[a-z][a-z=+-]*)*`)

// ofTheBuild matches a variable that builds read, whatever tool runs them.
var ofTheBuild = regexp.MustCompile(`\b(MODULES|WERF)_[A-Z]`)

// aboutBuilds are the libraries that may name variables of builds: they read
// werf.yaml, or say how to correct a build.
var aboutBuilds = []string{"pkg/contract", "pkg/werfcfg"}

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
		if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			checkTexts(t, file, ofTheProgram)
			if !matches(filepath.ToSlash(name), aboutBuilds) {
				checkTexts(t, file, ofTheBuild)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// checkTexts fails if a string literal of the file matches the pattern.
func checkTexts(t *testing.T, file string, pattern *regexp.Regexp) {
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
		if found := pattern.FindString(ofGit.ReplaceAllString(text, "git")); found != "" {
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
		"set MODSHIP_HOME":                   true,
		"copy-from":                          false,
		"a --> b":                            false,
		"modship always does":                false,
		"the version is not published":       false,
	} {
		if got := ofTheProgram.MatchString(text); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
}
