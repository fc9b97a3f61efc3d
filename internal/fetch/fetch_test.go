package fetch

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/projectfile"
)

// rig is a module repository and a server with files.
type rig struct {
	dir, cache string
	server     *httptest.Server
	files      map[string]string // by path on the server
	requests   atomic.Int64
	failures   atomic.Int64 // how many requests still fail with 503
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{dir: t.TempDir(), cache: t.TempDir(), files: map[string]string{"/v1/base_images.yml": "one\n"}}
	r.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		r.requests.Add(1)
		content, ok := r.files[request.URL.Path]
		switch {
		case r.failures.Add(-1) >= 0:
			w.WriteHeader(http.StatusServiceUnavailable)
		case !ok:
			w.WriteHeader(http.StatusNotFound)
		default:
			_, _ = w.Write([]byte(content))
		}
	}))
	t.Cleanup(r.server.Close)
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	r.git(t, "init", "-q")
	r.write(t, ".gitignore", "/base_images.yml\n")
	r.write(t, "committed.yml", "ours\n")
	r.write(t, "werf-giterminism.yaml", "config: {goTemplateRendering: {allowUncommittedFiles: ['*.yml', 'sub']}}\n")
	r.git(t, "add", "-A")
	return r
}

func (r *rig) git(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("git", append([]string{"-C", r.dir}, args...)...).CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v: %s", args, err, out)
	}
}

func (r *rig) write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, path), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (r *rig) read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(r.dir, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func (r *rig) fetch(t *testing.T, files ...projectfile.Download) ([]Result, error) {
	t.Helper()
	variables := map[string]string{"SERVER": r.server.URL, "VERSION": "v1", "TOKEN": "s3cret"}
	return Files(t.Context(), files, FilesOptions{
		Dir: r.dir, Cache: r.cache, pause: time.Nanosecond, Lookup: func(name string) (string, bool) { v, ok := variables[name]; return v, ok },
	})
}

// one is one file of the server.
func one(sha string) projectfile.Download {
	return projectfile.Download{URL: "${SERVER}/${VERSION}/base_images.yml?token=${TOKEN}", Path: "base_images.yml", SHA256: sha}
}

func sum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func TestFiles(t *testing.T) {
	r := newRig(t)
	for _, sha := range []string{"", sum("one\n")} { // the second needs no request: the content is known
		want := []Result{{Path: "base_images.yml", SHA256: sum("one\n"), Outcome: Present, Pinned: sha != "", Ignored: true, Allowed: true}}
		if sha == "" {
			want[0].Outcome = Downloaded
		}
		got, err := r.fetch(t, one(sha))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	if err := os.Remove(filepath.Join(r.dir, "base_images.yml")); err != nil {
		t.Fatal(err)
	}
	r.server.Close() // the cache has it
	for _, want := range []Outcome{Cached, Present} {
		got, err := r.fetch(t, one(""))
		if err != nil || got[0].Outcome != want {
			t.Errorf("%+v, %v, want %s", got, err, want)
		}
	}
	if got := r.read(t, "base_images.yml"); got != "one\n" {
		t.Errorf("content %q", got)
	}
	if n := r.requests.Load(); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

// TestFilesFollowChange: another version in modship.yaml replaces what was
// fetched for the one before.
func TestFilesFollowChange(t *testing.T) {
	r := newRig(t)
	if _, err := r.fetch(t, one(sum("one\n"))); err != nil {
		t.Fatal(err)
	}
	r.files["/v1/base_images.yml"] = "two\n"
	got, err := r.fetch(t, one(sum("two\n")))
	if err != nil || got[0].Outcome != Downloaded || r.read(t, "base_images.yml") != "two\n" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestFilesLeaveOthersAlone(t *testing.T) {
	r := newRig(t)
	committed := one("")
	committed.Path = "committed.yml"
	got, err := r.fetch(t, committed)
	if diff := cmp.Diff([]Result{{Path: "committed.yml", Outcome: Committed}}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	r.write(t, "base_images.yml", "my own\n")
	var foreign *ForeignError
	if _, err := r.fetch(t, one("")); !errors.As(err, &foreign) || foreign.Path != "base_images.yml" {
		t.Errorf("error %v", err)
	}
	if r.read(t, "committed.yml") != "ours\n" || r.read(t, "base_images.yml") != "my own\n" {
		t.Error("a file was overwritten")
	}
	if n := r.requests.Load(); n != 0 {
		t.Errorf("%d requests, want 0", n)
	}
}

func TestFilesErrors(t *testing.T) {
	t.Run("checksum", func(t *testing.T) {
		r := newRig(t)
		var checksum *ChecksumError
		_, err := r.fetch(t, one(sum("two\n")))
		if !errors.As(err, &checksum) || checksum.Got != sum("one\n") {
			t.Errorf("error %v", err)
		}
		if _, err := os.Stat(filepath.Join(r.dir, "base_images.yml")); !errors.Is(err, os.ErrNotExist) {
			t.Error("the file was written")
		}
	})
	t.Run("not found, without the secret", func(t *testing.T) {
		r := newRig(t)
		r.files = nil
		var status *StatusError
		_, err := r.fetch(t, one(""))
		if !errors.As(err, &status) || status.Status != http.StatusNotFound || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("error %v", err)
		}
		if n := r.requests.Load(); n != 1 {
			t.Errorf("%d requests, want 1", n)
		}
	})
	t.Run("no network, without the secret", func(t *testing.T) {
		r := newRig(t)
		r.server.Close()
		if _, err := r.fetch(t, one("")); err == nil || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), "connection refused") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("for a moment", func(t *testing.T) {
		r := newRig(t)
		r.failures.Store(2)
		if _, err := r.fetch(t, one("")); err != nil {
			t.Error(err)
		}
	})
	t.Run("variable", func(t *testing.T) {
		r := newRig(t)
		var unset *projectfile.UnsetError
		if _, err := r.fetch(t, projectfile.Download{URL: "${NONE}/x", Path: "x"}); !errors.As(err, &unset) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("link out of the project", func(t *testing.T) {
		r := newRig(t)
		outside := t.TempDir()
		if err := os.Symlink(outside, filepath.Join(r.dir, "sub")); err != nil {
			t.Fatal(err)
		}
		file := one("")
		file.Path = "sub/x.yml"
		if _, err := r.fetch(t, file); err == nil {
			t.Error("no error")
		}
		if entries, _ := os.ReadDir(outside); len(entries) > 0 {
			t.Error("written outside of the project directory")
		}
	})
	t.Run("damaged cache", func(t *testing.T) {
		r := newRig(t)
		if err := replace(filepath.Join(r.cache, "sha256", sum("one\n")), []byte("odd")); err != nil {
			t.Fatal(err)
		}
		if _, err := r.fetch(t, one(sum("one\n"))); err == nil || !strings.Contains(err.Error(), "is damaged and was removed") {
			t.Errorf("error %v", err)
		}
		if _, err := r.fetch(t, one(sum("one\n"))); err != nil {
			t.Error(err)
		}
	})
}

func TestIsAllowed(t *testing.T) {
	r := newRig(t)
	for path, want := range map[string]bool{"a.yml": true, "sub/x/y": true, "sub": true, "other/a.yml": false} {
		if got, err := isAllowed(os.DirFS(r.dir), path); err != nil || got != want {
			t.Errorf("%s: %t, %v", path, got, err)
		}
	}
	if got, err := isAllowed(os.DirFS(t.TempDir()), "a.yml"); err != nil || got {
		t.Errorf("without the file: %t, %v", got, err)
	}
}
