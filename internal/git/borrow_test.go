package git

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestBorrow takes the objects of a repository, packed, loose and of one that
// it borrows from itself, and leaves it as it was, also in a hook of it.
func TestBorrow(t *testing.T) {
	top := t.TempDir()
	sh(t, top, `git init -q main; cd main; git remote add origin https://example.com/a/b.git
		echo 1 > file; git add -A; git commit -qm one; git gc -q
		echo 2 > file; git commit -qam two
		git worktree add -q ../tree
		git clone -q --shared . ../clone; cd ../clone; echo 3 > file; git commit -qam three`)
	for _, dir := range []string{"main", "tree", "clone"} {
		t.Run(dir, func(t *testing.T) {
			user := filepath.Join(top, dir)
			t.Setenv("GIT_DIR", read(t, user, "git rev-parse --absolute-git-dir"))
			t.Setenv("GIT_INDEX_FILE", filepath.Join(top, "no-index"))
			before := listing(t, top)
			borrowed := filepath.Join(t.TempDir(), "borrowed")
			if err := At(user).Borrow(t.Context(), read(t, user, "git rev-parse HEAD"), borrowed); err != nil {
				t.Fatal(err)
			}
			own := "unset GIT_DIR GIT_INDEX_FILE; "
			if got, want := read(t, borrowed, own+"git log --format=%s%H"), read(t, user, "git log --format=%s%H"); got != want || got == "" {
				t.Errorf("history is %q, want %q", got, want)
			}
			if _, err := os.Stat(filepath.Join(borrowed, ".git/objects/info/alternates")); err == nil {
				t.Error("the repository has alternates, which werf reads slowly")
			}
			if diff := cmp.Diff(read(t, user, "git config remote.origin.url"), read(t, borrowed, own+"git config remote.origin.url")); diff != "" {
				t.Errorf("origin: %s", diff)
			}
			sh(t, borrowed, own+"git reset -q --hard; echo 4 > file; git commit -qam four; git gc -q --prune=now")
			if diff := cmp.Diff(before, listing(t, top)); diff != "" {
				t.Errorf("the user's repository is not what it was:\n%s", diff)
			}
		})
	}
}

func TestBorrowShallow(t *testing.T) {
	top := t.TempDir()
	sh(t, top, `git init -q main; cd main; for i in 1 2 3; do echo $i > file; git add -A; git commit -qm $i; done
		git clone -q --depth 2 "file://$PWD" ../shallow`)
	borrowed := filepath.Join(t.TempDir(), "borrowed")
	shallow := filepath.Join(top, "shallow")
	if err := At(shallow).Borrow(t.Context(), read(t, shallow, "git rev-parse HEAD"), borrowed); err != nil {
		t.Fatal(err)
	}
	sh(t, borrowed, "git log")
}

// read is what a script prints.
func read(t *testing.T, dir, script string) string {
	t.Helper()
	cmd := exec.Command("sh", "-ec", script)
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return strings.TrimSpace(string(out))
}

// listing returns every file below dir with its content.
func listing(t *testing.T, dir string) string {
	t.Helper()
	return read(t, dir, "find . -type f -exec cksum {} + | sort -k3")
}
