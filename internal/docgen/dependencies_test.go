package docgen

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// moduleFile is what `go mod edit -json` prints of a go.mod.
type moduleFile struct {
	Module  struct{ Path string }
	Require []requirement
	Replace []replacement
}

type requirement struct {
	Path, Version string
	Indirect      bool
}

type replacement struct {
	Old, New struct{ Path, Version string }
}

const toolboxDir = "tools/toolbox"

// TestDependencies fails when a module that is imported, or replaced in
// go.mod, has no row in docs/dependencies.md, or a row has no such module.
// go.mod cannot say which modules are imported: `go mod tidy`, which keeps its
// indirect marks, does not work on werf's modules.
func TestDependencies(t *testing.T) {
	root := readModule(t, ".")
	known := map[string]bool{}
	for _, r := range root.Require {
		known[r.Path] = true
	}
	sections := docSections(t)
	compare(t, "Dependencies", sections, importedModules(t, root), known)

	toolbox := map[string]bool{}
	for _, r := range readModule(t, toolboxDir).Require {
		if !r.Indirect {
			toolbox[r.Path] = true
		}
	}
	compare(t, "The base image of the examples", sections, toolbox, toolbox)

	replaced := map[string]bool{}
	for _, r := range root.Replace {
		replaced[r.Old.Path] = true
	}
	compare(t, "Replacements", sections, replaced, replaced)
}

// TestBenchRequiresTheSame: the benchmarks measure the program with the modules
// that it is released with.
func TestBenchRequiresTheSame(t *testing.T) {
	const bench = "tools/bench"
	root, own := readModule(t, "."), readModule(t, bench)
	own.Module, own.Require, own.Replace = root.Module, slices.DeleteFunc(own.Require, func(r requirement) bool {
		return r.Path == root.Module.Path
	}), slices.DeleteFunc(own.Replace, func(r replacement) bool { return r.Old.Path == root.Module.Path })
	if diff := cmp.Diff(root, own); diff != "" {
		t.Errorf("%s/go.mod differs from go.mod (-want +got):\n%s", bench, diff)
	}
	if !bytes.Equal(readFile(t, "go.sum"), readFile(t, bench+"/go.sum")) {
		t.Errorf("%s/go.sum differs from go.sum: copy it", bench)
	}
}

// compare wants a row for every needed module, and rows of known ones only.
func compare(t *testing.T, section string, sections map[string][]string, needed, known map[string]bool) {
	t.Helper()
	rows := sections[section]
	for path := range needed {
		if !slices.Contains(rows, path) {
			t.Errorf("docs/dependencies.md, %q: no row for %s", section, path)
		}
	}
	for _, path := range rows {
		if !known[path] {
			t.Errorf("docs/dependencies.md, %q: go.mod does not have %s", section, path)
		}
	}
}

var (
	heading = regexp.MustCompile(`^#+ (.*)`)
	row     = regexp.MustCompile("^\\| `([^`]+)` \\|")
)

// docSections are the modules that the tables name, by heading.
func docSections(t *testing.T) map[string][]string {
	t.Helper()
	text := readFile(t, "docs/dependencies.md")
	sections := map[string][]string{}
	section := ""
	for line := range strings.Lines(string(text)) {
		if m := heading.FindStringSubmatch(line); m != nil {
			section = m[1]
		}
		if m := row.FindStringSubmatch(line); m != nil {
			sections[section] = append(sections[section], m[1])
		}
	}
	return sections
}

func readModule(t *testing.T, dir string) moduleFile {
	t.Helper()
	var file moduleFile
	if err := json.Unmarshal(goTool(t, dir, "mod", "edit", "-json"), &file); err != nil {
		t.Fatal(err)
	}
	return file
}

// importedModules are the modules whose packages this module imports, tests
// included.
func importedModules(t *testing.T, file moduleFile) map[string]bool {
	t.Helper()
	modules := map[string]bool{}
	out := goTool(t, ".", "list", "-e", "-json=Imports,TestImports,XTestImports", "./...")
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct{ Imports, TestImports, XTestImports []string }
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		for _, path := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			if module := moduleOf(path, file); module != "" {
				modules[module] = true
			}
		}
	}
	if len(modules) == 0 {
		t.Fatal("go list found no imports")
	}
	return modules
}

// moduleOf finds the required module with the longest path that holds the
// package; "" is the standard library or this module.
func moduleOf(path string, file moduleFile) string {
	best := ""
	for _, r := range file.Require {
		if (path == r.Path || strings.HasPrefix(path, r.Path+"/")) && len(r.Path) > len(best) {
			best = r.Path
		}
	}
	return best
}

// readFile reads a file of the repository.
func readFile(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", path))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func goTool(t *testing.T, dir string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = filepath.Join("..", "..", dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v: %s", strings.Join(args, " "), err, stderr.String())
	}
	return out
}
