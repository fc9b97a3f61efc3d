package git

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// TestTree reads a commit whose work tree differs: other modes, other contents,
// missing files.
func TestTree(t *testing.T) {
	top := t.TempDir()
	script := `git init -q . && git config user.name t && git config user.email t@example.com
mkdir -p module/hooks module/docs other && cd module
echo '#!/bin/sh' >hooks/run.sh && chmod 755 hooks/run.sh && echo plain >hooks/plain.sh && echo text >docs/README.md && ln -s docs/README.md link && echo x >../other/x
git add -A .. && git commit -qm all && git config core.fileMode false
chmod 644 hooks/run.sh && chmod 755 hooks/plain.sh && rm -r docs && echo new >untracked`
	run(t, top, script)
	repository := At(filepath.Join(top, "module"))
	all := func(string) bool { return true }
	tree, err := repository.Tree(t.Context(), "HEAD", all)
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(tree, "hooks/run.sh", "hooks/plain.sh", "docs/README.md"); err != nil && !strings.Contains(err.Error(), "link") {
		t.Error(err)
	}
	modes := map[string]fs.FileMode{"hooks/run.sh": 0o755, "hooks/plain.sh": 0o644, "docs/README.md": 0o644, "link": fs.ModeSymlink | 0o777}
	for name, want := range modes {
		info, err := fs.Lstat(tree, name)
		if err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if data, err := fs.ReadFile(tree, "docs/README.md"); err != nil || string(data) != "text\n" {
		t.Errorf("README: %q, %v", data, err)
	}
	if _, err := fs.Stat(tree, "untracked"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("untracked: %v", err)
	}
	part, err := repository.Tree(t.Context(), "HEAD", func(path string) bool { return strings.HasPrefix(path, "docs/") })
	if err != nil {
		t.Fatal(err)
	}
	entries, err := fs.ReadDir(part, ".")
	if err != nil || !slices.EqualFunc(entries, []string{"docs"}, func(e fs.DirEntry, name string) bool { return e.Name() == name }) {
		t.Errorf("chosen: %v, %v", entries, err)
	}
	run(t, top, `git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),module/charts && git commit -qm submodule`)
	if _, err := repository.Tree(t.Context(), "HEAD", all); !errors.Is(err, ErrSubmodule) {
		t.Errorf("with a submodule: %v", err)
	}
}

func run(t *testing.T, dir, script string) {
	t.Helper()
	command := exec.Command("sh", "-ec", script)
	command.Dir = dir
	command.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
}
