package git

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/exit"
)

func TestRevisions(t *testing.T) {
	dir := t.TempDir()
	sh(t, dir, `git init -q -b main; git remote add origin https://example.com/a/b.git
		echo 1 > file; git add -A; git commit -qm one; echo 2 > file; git commit -qam two; git tag v1.0.0; git tag dated`)
	r, ctx := At(dir), t.Context()
	head := read(t, dir, "git rev-parse HEAD")
	history := strings.Fields(read(t, dir, "git rev-list HEAD"))
	for name, question := range map[string]struct {
		ask  func() (any, error)
		want any
	}{
		"resolve": {func() (any, error) { return r.Resolve(ctx, "v1.0.0") }, head},
		"head":    {func() (any, error) { return r.ShortHead(ctx) }, head[:12]},
		"branch":  {func() (any, error) { return r.Branch(ctx) }, "main"},
		"tags":    {func() (any, error) { return r.TagsAtHead(ctx) }, []string{"dated", "v1.0.0"}},
		"history": {func() (any, error) { return r.History(ctx, head) }, history},
		"origin":  {func() (any, error) { return r.Origin(ctx) }, "https://example.com/a/b.git"},
		"top":     {func() (any, error) { return r.Top(ctx) }, dir},
	} {
		got, err := question.ask()
		if diff := cmp.Diff(question.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
	sh(t, dir, "git checkout -q --detach; git remote remove origin")
	if branch, err := r.Branch(ctx); branch != "" || err != nil {
		t.Errorf("detached HEAD: %q, %v", branch, err)
	}
	if origin, err := r.Origin(ctx); origin != "" || err != nil {
		t.Errorf("no origin: %q, %v", origin, err)
	}
	if _, err := r.Resolve(ctx, "v9.9.9"); !errors.Is(err, ErrNoCommit) || err.Error() != "v9.9.9 names no commit of this repository: no such commit" {
		t.Errorf("unknown revision: %v", err)
	}
}

func TestRepositoryWithoutCommit(t *testing.T) {
	dir := t.TempDir()
	sh(t, dir, "git init -q -b main")
	if tags, err := At(dir).TagsAtHead(t.Context()); len(tags) > 0 || err != nil {
		t.Errorf("tags %v, %v", tags, err)
	}
	if branch, err := At(dir).Branch(t.Context()); branch != "main" || err != nil {
		t.Errorf("branch %q, %v", branch, err)
	}
	if _, err := At(dir).ShortHead(t.Context()); !errors.Is(err, ErrNoCommit) {
		t.Errorf("head: %v", err)
	}
}

// TestReasons: what git refuses keeps git's own reason and gets the command
// that helps, whichever question was asked.
func TestReasons(t *testing.T) {
	top := t.TempDir()
	sh(t, top, `mkdir none; git init -q owned; cd owned; echo 1 > file; git add -A; git commit -qm one
		git worktree add -q ../tree; mv ../owned ../moved; git init -q ../owned2`)
	for _, tc := range []struct {
		name, dir string
		env       map[string]string
		want      error
		message   string
		hint      string
	}{
		{"no repository", "none", nil, ErrNotRepository, filepath.Join(top, "none") + " is not in a git repository", "git init"},
		{"repository of a work tree", "tree", nil, ErrBrokenLink, filepath.Join(top, "owned/.git/worktrees/tree"), "Mount or copy"},
		{
			"other owner", "moved",
			map[string]string{"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"},
			ErrOtherOwner, "dubious ownership",
			"git config --global --add safe.directory " + filepath.Join(top, "moved"),
		},
		{"git is not installed", "moved", map[string]string{"PATH": filepath.Join(top, "none")}, ErrNotInstalled, "git program", "Install git"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
			t.Setenv("LC_ALL", "de_DE.UTF-8")
			for name, value := range tc.env {
				t.Setenv(name, value)
			}
			r := At(filepath.Join(top, tc.dir))
			for question, ask := range map[string]func() error{
				"check":   func() error { return r.Check(t.Context()) },
				"resolve": func() error { _, err := r.Resolve(t.Context(), "HEAD"); return err },
				"files":   func() error { _, err := r.Files(t.Context(), "HEAD"); return err },
				"changed": func() error { _, err := r.Changed(t.Context()); return err },
				"branch":  func() error { _, err := r.Branch(t.Context()); return err },
			} {
				err := ask()
				var failed *Error
				if !errors.Is(err, tc.want) || !strings.Contains(err.Error(), tc.message) || !strings.Contains(exit.HintOf(err), tc.hint) || !errors.As(err, &failed) {
					t.Errorf("%s: %v (hint: %s)", question, err, exit.HintOf(err))
				}
			}
		})
	}
}

// TestMissingObjects: a partial clone whose remote is gone.
func TestMissingObjects(t *testing.T) {
	top := t.TempDir()
	sh(t, top, `git init -q main; cd main; git config uploadpack.allowFilter true; for i in 1 2; do echo $i > file; git add -A; git commit -qm $i; done
		git clone -q --filter=tree:0 "file://$PWD" ../partial; rm -rf ../main`)
	_, err := At(filepath.Join(top, "partial")).Files(t.Context(), "HEAD~1")
	if !errors.Is(err, ErrMissingObjects) || !strings.Contains(err.Error(), "main' does not appear to be a git repository") || !strings.Contains(exit.HintOf(err), "--refetch") {
		t.Errorf("%v (hint %s)", err, exit.HintOf(err))
	}
}

// TestOtherReasonsAreKept: unknown reasons are passed on in git's words.
func TestOtherReasonsAreKept(t *testing.T) {
	dir := t.TempDir()
	sh(t, dir, "git init -q; echo 1 > file; git add -A; git commit -qm one; echo '[broken' > .git/config")
	var failed *Error
	if _, err := At(dir).Files(t.Context(), "HEAD"); !errors.As(err, &failed) || !strings.Contains(err.Error(), "bad config line 1") {
		t.Errorf("%v", err)
	}
}
