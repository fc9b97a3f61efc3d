package chart

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// cached is an engine with a cache whose program can be taken away, so that it
// can only answer what it answered before.
func cached(t *testing.T) (e Engine, takeAway func()) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "program")
	from, err := os.Open(worker(t).Program)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := os.OpenFile(program, os.O_CREATE|os.O_WRONLY, 0o700)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(to, from); err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	return Engine{Program: program, Cache: filepath.Join(t.TempDir(), "renderings")}, func() {
		if err := os.Chmod(program, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCache renders what has not changed once, and everything else anew.
func TestCache(t *testing.T) {
	engine, takeAway := cached(t)
	files := chartOf(map[string]string{"templates/t.yaml": "kind: A\nname: {{ .Values.csiNfs.name }}\nimage: " + image(`"a"`) + "\n"})
	opts := func() RenderOptions {
		return RenderOptions{Name: "csi-nfs", Keys: []string{"a"}, Digests: map[string]string{"a": "sha256:1"}, Values: Values{Set: map[string]any{"csiNfs": map[string]any{"name": "x"}}}}
	}
	first, err := engine.Render(t.Context(), files, []RenderOptions{opts()})
	if err != nil {
		t.Fatal(err)
	}
	place := first[0].Place("templates/t.yaml", 2)
	images, err := engine.Images(t.Context(), files, Options{Name: "csi-nfs", Keys: []string{"a"}})
	if err != nil {
		t.Fatal(err)
	}

	takeAway()
	again, err := engine.Render(t.Context(), files, []RenderOptions{opts()})
	if err != nil {
		t.Fatalf("an unchanged chart is rendered again: %v", err)
	}
	if diff := cmp.Diff(first[0].Texts, again[0].Texts); diff != "" || place.Line != 2 || again[0].Place("templates/t.yaml", 2) != place {
		t.Errorf("kept (-first +again):\n%s", diff)
	}
	if kept, err := engine.Images(t.Context(), files, Options{Name: "csi-nfs", Keys: []string{"a"}}); err != nil || !cmp.Equal(images, kept) {
		t.Errorf("images %v, %v: want %v", kept, err, images)
	}
	for name, change := range map[string]func(files map[string][]byte, o *RenderOptions){
		"file":       func(files map[string][]byte, _ *RenderOptions) { files["templates/t.yaml"] = []byte("kind: B\n") },
		"new file":   func(files map[string][]byte, _ *RenderOptions) { files["templates/_u.tpl"] = nil },
		"digest":     func(_ map[string][]byte, o *RenderOptions) { o.Digests["a"] = "sha256:2" },
		"no digests": func(_ map[string][]byte, o *RenderOptions) { o.Digests = nil },
		"keys":       func(_ map[string][]byte, o *RenderOptions) { o.Keys = nil },
		"values":     func(_ map[string][]byte, o *RenderOptions) { o.Values.Set["csiNfs"] = nil },
		"base":       func(_ map[string][]byte, o *RenderOptions) { o.Values.Base = Everything },
		"kubernetes": func(_ map[string][]byte, o *RenderOptions) { o.Kubernetes = "1.31.0" },
		"APIs":       func(_ map[string][]byte, o *RenderOptions) { o.APIVersions = []string{"v1"} },
		"modules":    func(_ map[string][]byte, o *RenderOptions) { o.Modules = []string{"x"} },
		"module":     func(_ map[string][]byte, o *RenderOptions) { o.Name = "other" },
	} {
		changed, o := maps.Clone(files), opts()
		change(changed, &o)
		if _, err := engine.Render(t.Context(), changed, []RenderOptions{o}); err == nil {
			t.Errorf("another %s is taken for the same chart", name)
		}
	}
}

// TestCacheOfAnotherProgram: another version of modship renders anew.
func TestCacheOfAnotherProgram(t *testing.T) {
	c := cache(t.TempDir())
	program := filepath.Join(t.TempDir(), "program")
	keys := map[string]bool{}
	for _, content := range []string{"1", "22"} {
		if err := os.WriteFile(program, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		keys[c.key(program, task{})] = true
	}
	if len(keys) != 2 {
		t.Error("programs share what they keep")
	}
}

// TestCacheKeeps lists what is not kept: damaged files, what took too long, and
// the oldest answers.
func TestCacheKeeps(t *testing.T) {
	c := cache(t.TempDir())
	c.put("a", answer{Renderings: []outcome{{Failures: []Failure{{Reason: errTooSlow.Error()}}}}})
	c.put("b", answer{Result: Result{Failures: []Failure{{Reason: errTooSlow.Error()}}}})
	c.put("c", answer{Error: "no"})
	for _, key := range []string{"a", "b", "c"} {
		if _, ok := c.get(key); ok {
			t.Errorf("%s is kept", key)
		}
	}
	c.put("good", answer{Result: Result{Templates: 7}})
	file := filepath.Join(string(c), "good")
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v: other users may read it", info, err)
	}
	if a, ok := c.get("good"); !ok || a.Result.Templates != 7 {
		t.Errorf("answer %v, %v", a, ok)
	}
	for name, damage := range map[string]string{"empty": "", "text": "text", "cut": "\x1f\x8b"} {
		if err := os.WriteFile(file, []byte(damage), 0o600); err != nil {
			t.Fatal(err)
		}
		if a, ok := c.get("good"); ok || a.Result.Templates != 0 {
			t.Errorf("%s file: answer %v", name, a)
		}
	}
	for i := range cacheSize + 5 {
		c.put(fmt.Sprintf("n%d", i), answer{})
	}
	entries, err := os.ReadDir(string(c))
	if err != nil || len(entries) != cacheSize {
		t.Errorf("%d answers, %v", len(entries), err)
	}
	if _, ok := c.get(fmt.Sprintf("n%d", cacheSize+4)); !ok {
		t.Error("the newest answer is gone")
	}
}
