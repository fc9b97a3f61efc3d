package pipeline

import (
	"os"
	"os/exec"
	"path/filepath"
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

func TestChangedFilesAreThoseOfTheRepository(t *testing.T) {
	top := t.TempDir()
	project := filepath.Join(top, "module")
	sh(t, top, `git init -q; mkdir -p module/sub; cd module
		echo 1 > kept; echo 1 > changed; echo 1 > removed; echo 1 > run; echo 1 > 'sub/with space'; echo 1 > ../outside
		git add -A ..; git commit -qm one`)
	sh(t, project, `echo 2 > changed; rm removed; chmod +x run; echo 2 > 'sub/with space'; echo 2 > ../outside; echo 1 > added
		git add -A ..; git update-index --add --cacheinfo "160000,$(git rev-parse HEAD),module/lib"; git commit -qm two`)
	got, err := changedFiles(t.Context(), project, "HEAD~1", "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	want := []FileChange{
		{"module/added", "added"}, {"module/changed", "changed"}, {"module/lib/", "added"}, {"module/removed", "removed"}, {"module/run", "mode"},
		{"module/sub/with space", "changed"}, {"outside", "changed"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if none, err := changedFiles(t.Context(), project, "HEAD", "HEAD"); err != nil || len(none) != 0 {
		t.Errorf("no change: %v, %v", none, err)
	}
}
