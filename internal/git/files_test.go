package git

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func sh(t *testing.T, dir, script string) {
	t.Helper()
	cmd := exec.Command("sh", "-ec", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull,
		"GIT_AUTHOR_NAME=t", "GIT_AUTHOR_EMAIL=t@example.com", "GIT_COMMITTER_NAME=t", "GIT_COMMITTER_EMAIL=t@example.com")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", script, err, out)
	}
}

func TestDiffIsThatOfTheRepository(t *testing.T) {
	top := t.TempDir()
	project := filepath.Join(top, "module")
	sh(t, top, `git init -q; mkdir -p module/sub; cd module
		echo 1 > kept; echo 1 > changed; echo 1 > removed; echo 1 > run; echo 1 > 'sub/with space'; echo 1 > ../outside
		git add -A ..; git commit -qm one`)
	sh(t, project, `echo 2 > changed; rm removed; chmod +x run; echo 2 > 'sub/with space'; echo 2 > ../outside; echo 1 > added
		git add -A ..; git update-index --add --cacheinfo "160000,$(git rev-parse HEAD),module/lib"; git commit -qm two`)
	got, err := At(project).Diff(t.Context(), "HEAD~1", "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	want := []Change{
		{"module/added", "added"},
		{"module/changed", "changed"},
		{"module/lib/", "added"},
		{"module/removed", "removed"},
		{"module/run", "mode"},
		{"module/sub/with space", "changed"},
		{"outside", "changed"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if none, err := At(project).Diff(t.Context(), "HEAD", "HEAD"); err != nil || len(none) != 0 {
		t.Errorf("no change: %v, %v", none, err)
	}
}

func TestUntracked(t *testing.T) {
	top := t.TempDir()
	sh(t, top, `git init -q; mkdir -p sub/.werf sub/build other; cd sub; echo base_images.yml > .gitignore; echo 1 > werf.yaml
		git add -A ..; git commit -qm one
		for f in base_images.yml .werf/extra.tmpl 'build/with space.yml' big.bin ../other/other.yml; do echo x > "$f"; done`)
	got, err := At(filepath.Join(top, "sub")).Untracked(t.Context(), "*.yml", "*.yaml", ".werf")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"sub/.werf/extra.tmpl", "sub/base_images.yml", "sub/build/with space.yml"}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(got))); diff != "" {
		t.Error(diff)
	}
	for file, place := range got {
		if place != filepath.Join(top, file) {
			t.Errorf("%s is said to be at %s", file, place)
		}
	}
}

func TestFiles(t *testing.T) {
	top := t.TempDir()
	sh(t, top, `git init -q; mkdir -p sub/dir; cd sub; echo 1 > 'dir/with space'; echo 1 > run; chmod +x run; ln -s run link
		git add -A; git commit -qm one
		git update-index --add --cacheinfo "160000,$(git rev-parse HEAD),sub/lib"; git commit -qm two; echo later > later`)
	got, err := At(filepath.Join(top, "sub")).Files(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]os.FileMode{
		"sub/dir/with space": 0o644, "sub/run": 0o755, "sub/link": os.ModeSymlink | 0o777, "sub/lib": os.ModeDir | 0o755,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestChangedListsTrackedFiles(t *testing.T) {
	dir := t.TempDir()
	sh(t, dir, "git init -q; mkdir sub; echo 1 > file; echo 1 > sub/file; git add -A; git commit -qm one; echo new > new")
	if got, err := At(dir).Changed(t.Context()); err != nil || len(got) != 0 {
		t.Errorf("changed: %v, %v", got, err)
	}
	sh(t, dir, "echo 2 > file; echo 2 > sub/file")
	got, err := At(filepath.Join(dir, "sub")).Changed(t.Context())
	if diff := cmp.Diff([]string{"file"}, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
}
