package git

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLeftOut(t *testing.T) {
	top := t.TempDir()
	sh(t, top, `git init -q main; cd main; mkdir -p module/docs other; echo 1 > module/docs/a.md; echo 1 > module/file; echo 1 > other/file
		git add -A; git commit -qm one; git tag v1.0.0`)
	r := At(filepath.Join(top, "main", "module"))
	if files, err := r.LeftOut(t.Context()); len(files) > 0 || err != nil {
		t.Errorf("a whole checkout: %v, %v", files, err)
	}
	sh(t, filepath.Join(top, "main"), "git sparse-checkout set --no-cone '/*' '!/module/docs/' '!/other/'")
	files, err := r.LeftOut(t.Context())
	if diff := cmp.Diff([]string{"docs/a.md"}, files); diff != "" || err != nil {
		t.Error(err, diff)
	}
	// A new work tree is whole with the variables.
	t.Setenv("GIT_CONFIG_COUNT", "1")
	t.Setenv("GIT_CONFIG_KEY_0", "user.name")
	t.Setenv("GIT_CONFIG_VALUE_0", "somebody")
	variables := WholeCheckouts(os.Getenv)
	if names := slices.Sorted(maps.Keys(variables)); !slices.Equal(names, []string{"GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_1", "GIT_CONFIG_VALUE_1"}) {
		t.Errorf("variables %v", names)
	}
	for name, value := range variables {
		t.Setenv(name, value)
	}
	sh(t, filepath.Join(top, "main"), `git worktree add -q --detach ../whole; test -e ../whole/module/docs/a.md; test ! -e module/docs
		test "$(git config user.name)" = somebody; test -z "$(git status --porcelain)"`)
}

func TestPointers(t *testing.T) {
	top := t.TempDir()
	sh(t, top, `git init -q .; mkdir -p module/sub bin; cd module; echo '*.bin filter=lfs diff=lfs merge=lfs -text' > .gitattributes
		printf 'version https://git-lfs.github.com/spec/v1\noid sha256:%064d\nsize 3000000\n' 7 | tee sub/model.bin > lost.txt; (cat lost.txt; echo) > real.txt
		echo content > small.bin; git add -A ..; git commit -qm one; echo x > new.bin; git add new.bin
		printf '#!/bin/sh\n' > ../bin/git-lfs; chmod +x ../bin/git-lfs`)
	path := os.Getenv("PATH")
	for _, tc := range []struct {
		name, config, skip string
		installed          bool
		why                string // empty: the files are brought
	}{
		{name: "no filter", why: "git has no filter for it"},
		{name: "installed", config: "git-lfs filter-process", installed: true},
		{name: "the program is gone", config: "git-lfs filter-process", why: "git-lfs is not installed"},
		{name: "skipped by the filter", config: "git-lfs filter-process --skip", installed: true, why: "git lfs was installed with --skip-smudge"},
		{name: "skipped by a variable", config: "git-lfs filter-process", installed: true, skip: "1", why: "GIT_LFS_SKIP_SMUDGE=1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
			t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
			t.Setenv("GIT_LFS_SKIP_SMUDGE", tc.skip)
			t.Setenv("GIT_CONFIG_COUNT", "0")
			if tc.config != "" {
				t.Setenv("GIT_CONFIG_COUNT", "1")
				t.Setenv("GIT_CONFIG_KEY_0", "filter.lfs.process")
				t.Setenv("GIT_CONFIG_VALUE_0", tc.config)
			}
			if tc.installed {
				t.Setenv("PATH", filepath.Join(top, "bin")+":"+path)
			}
			files, why, err := At(filepath.Join(top, "module")).Pointers(t.Context())
			want, wantWhy := []string{"module/lost.txt"}, ".gitattributes does not name them"
			if tc.why != "" {
				want, wantWhy = []string{"module/lost.txt", "module/sub/model.bin"}, tc.why
			}
			if diff := cmp.Diff(want, files); diff != "" || why != wantWhy || err != nil {
				t.Errorf("%q, %v\n%s", why, err, diff)
			}
		})
	}
}
