package watch

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// ignoreTemp ignores what is in directories named temp, as git would.
func ignoreTemp(_ context.Context, paths []string) ([]string, error) {
	return slices.DeleteFunc(slices.Clone(paths), func(p string) bool {
		return !slices.Contains(strings.Split(p, string(filepath.Separator)), "temp")
	}), nil
}

func save(t *testing.T, dir, path string) {
	t.Helper()
	file := filepath.Join(dir, path)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(time.Now().String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func newWatcher(t *testing.T) (w *Watcher, dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, path := range []string{"werf.yaml", "images/app/main.go", "temp/x", ".git/HEAD"} {
		save(t, dir, path)
	}
	w, err := New(t.Context(), dir, ignoreTemp)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return w, dir
}

func next(t *testing.T, w *Watcher) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	changed, err := w.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

func TestNext(t *testing.T) {
	w, dir := newWatcher(t)
	for _, tt := range []struct {
		name   string
		change func()
		want   []string
	}{
		{name: "saved together", change: func() { save(t, dir, "werf.yaml"); save(t, dir, "images/app/main.go") }, want: []string{"images/app/main.go", "werf.yaml"}},
		{name: "a new directory", change: func() { save(t, dir, "images/new/deep/main.go") }, want: []string{"images/new/deep/main.go"}},
		{name: "in the new directory", change: func() { save(t, dir, "images/new/deep/other.go") }, want: []string{"images/new/deep/other.go"}},
		{name: "ignored, git's and an editor's", change: func() {
			for _, path := range []string{"temp/x", "images/temp/y", ".git/HEAD", "images/app/main.go~", "images/app/.main.go.swp", "images/app/4913"} {
				save(t, dir, path)
			}
			save(t, dir, "werf.yaml")
		}, want: []string{"werf.yaml"}},
		{name: "removed", change: func() { _ = os.Remove(filepath.Join(dir, "images/app/main.go")) }, want: []string{"images/app/main.go"}},
	} {
		tt.change()
		if diff := cmp.Diff(tt.want, next(t, w)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestNextEndsWithContext(t *testing.T) {
	w, dir := newWatcher(t)
	ctx, cancel := context.WithCancel(t.Context())
	save(t, dir, "temp/x") // nothing that matters
	time.AfterFunc(10*time.Millisecond, cancel)
	if changed, err := w.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", changed, err)
	}
}
