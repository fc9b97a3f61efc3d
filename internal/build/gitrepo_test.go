package build

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/werf/werf/v2/pkg/git_repo"
	"github.com/werf/werf/v2/pkg/path_matcher"
)

// busyRepository counts who asks it, and who does at the same time.
type busyRepository struct {
	git_repo.GitRepo
	now, most atomic.Int32
	questions atomic.Int32
	fails     atomic.Bool

	dir     string // of a local repository
	patches atomic.Int32
}

func (r *busyRepository) IsLocal() bool          { return r.dir != "" }
func (r *busyRepository) GetWorkTreeDir() string { return r.dir }

func (r *busyRepository) work() {
	now := r.now.Add(1)
	for most := r.most.Load(); now > most && !r.most.CompareAndSwap(most, now); most = r.most.Load() {
	}
	time.Sleep(time.Millisecond)
	r.now.Add(-1)
}

func (r *busyRepository) GetOrCreatePatch(context.Context, git_repo.PatchOptions) (git_repo.Patch, error) {
	r.work()
	r.patches.Add(1)
	return nil, nil
}

func (r *busyRepository) GetOrCreateArchive(context.Context, git_repo.ArchiveOptions) (git_repo.Archive, error) {
	r.work()
	return nil, nil
}

func (r *busyRepository) IsAncestor(_ context.Context, ancestor, descendant string) (bool, error) {
	r.questions.Add(1)
	if r.fails.Load() {
		return false, errors.New("git failed")
	}
	return ancestor < descendant, nil
}

// TestGitRepositoryTurns: patches and archives are made one at a time, whichever
// image asks for them.
func TestGitRepositoryTurns(t *testing.T) {
	busy, another := &busyRepository{}, &busyRepository{}
	repositories := newGitRepositories()
	var images sync.WaitGroup
	for range 8 {
		repository := repositories.share(busy)
		images.Go(func() {
			_, patched := repository.GetOrCreatePatch(t.Context(), git_repo.PatchOptions{})
			_, archived := repository.GetOrCreateArchive(t.Context(), git_repo.ArchiveOptions{})
			if patched != nil || archived != nil {
				t.Errorf("patch: %v, archive: %v", patched, archived)
			}
		})
	}
	images.Wait()
	if most := busy.most.Load(); most != 1 {
		t.Errorf("%d at the same time", most)
	}
	shared := repositories.share(busy)
	if repositories.share(shared) != shared || repositories.share(another) == shared {
		t.Error("share returned another repository than the one that was shared")
	}
}

// TestGitRepositoryAnswers: git runs once for what is asked for each image, and
// again where it failed.
func TestGitRepositoryAnswers(t *testing.T) {
	busy := &busyRepository{}
	repositories := newGitRepositories()
	ask := func(ancestor, descendant string) (bool, error) {
		return repositories.share(busy).IsAncestor(t.Context(), ancestor, descendant)
	}
	busy.fails.Store(true)
	if _, err := ask("a", "b"); err == nil {
		t.Error("a failure of git is no error")
	}
	busy.fails.Store(false)
	var images sync.WaitGroup
	for range 8 {
		images.Go(func() {
			if yes, err := ask("a", "b"); !yes || err != nil {
				t.Errorf("a as an ancestor of b: %v, %v, want true", yes, err)
			}
			if yes, err := ask("b", "a"); yes || err != nil {
				t.Errorf("b as an ancestor of a: %v, %v, want false", yes, err)
			}
		})
	}
	images.Wait()
	if n := busy.questions.Load(); n != 3 {
		t.Errorf("asked %d times about ancestors, want 3: one that failed and one for each pair", n)
	}
}

// TestGitRepositoryPatches: werf makes a patch only where a file of the image
// differs, and where that is not known.
func TestGitRepositoryPatches(t *testing.T) {
	dir := t.TempDir()
	git := func(script string) string {
		cmd := exec.CommandContext(t.Context(), "sh", "-ec", script)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull,
			"GIT_AUTHOR_NAME=t", "GIT_AUTHOR_EMAIL=t@example.com", "GIT_COMMITTER_NAME=t", "GIT_COMMITTER_EMAIL=t@example.com")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", script, err)
		}
		return strings.TrimSpace(string(out))
	}
	git(`git init -q; mkdir -p images/a images/b; echo 1 > images/a/file; echo 1 > images/b/file; echo 1 > images/b/notes.md; git add .; git commit -qm one`)
	first := git(`git rev-parse HEAD`)
	git(`echo 2 > images/b/file; git commit -qam two`)
	second := git(`git rev-parse HEAD`)
	git(`git update-index --add --cacheinfo "160000,$(git rev-parse HEAD),lib"; git commit -qm three`)
	third := git(`git rev-parse HEAD`)

	for _, c := range []struct {
		name, from, to string
		of             path_matcher.PathMatcherOptions
		want           int32
	}{
		{"files of another image", first, second, path_matcher.PathMatcherOptions{BasePath: "images/a"}, 0},
		{"a file of the image", first, second, path_matcher.PathMatcherOptions{BasePath: "images/b"}, 1},
		{"the file alone", first, second, path_matcher.PathMatcherOptions{BasePath: "images/b/file"}, 1},
		{"all files", first, second, path_matcher.PathMatcherOptions{}, 1},
		{"a file that is left out", first, second, path_matcher.PathMatcherOptions{BasePath: "images/b", ExcludeGlobs: []string{"file"}}, 0},
		{"other files are taken", first, second, path_matcher.PathMatcherOptions{BasePath: "images/b", IncludeGlobs: []string{"*.md"}}, 0},
		{"back to an earlier commit", second, first, path_matcher.PathMatcherOptions{BasePath: "images/a"}, 0},
		{"a submodule", second, third, path_matcher.PathMatcherOptions{BasePath: "images/a"}, 1},
		{"an unknown commit", strings.Repeat("1", 40), second, path_matcher.PathMatcherOptions{BasePath: "images/a"}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			busy := &busyRepository{dir: dir}
			opts := git_repo.PatchOptions{FromCommit: c.from, ToCommit: c.to, PathMatcher: path_matcher.NewPathMatcher(c.of)}
			patch, err := newGitRepositories().share(busy).GetOrCreatePatch(t.Context(), opts)
			if err != nil {
				t.Fatal(err)
			}
			if n := busy.patches.Load(); n != c.want {
				t.Errorf("werf made %d patches, want %d", n, c.want)
			}
			if c.want > 0 {
				return
			}
			content, err := os.ReadFile(patch.GetFilePath())
			if err != nil || len(content) > 0 || !patch.IsEmpty() {
				t.Errorf("%q, empty: %v, %v", content, patch.IsEmpty(), err)
			}
		})
	}
}
