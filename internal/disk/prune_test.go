package disk

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	ggcr "github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/modship/modship/internal/localregistry"
	"github.com/modship/modship/internal/registrytest"
	"github.com/modship/modship/internal/settings"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/remote"
)

// world is the data of an embedded registry with a version whose image has no
// tag, and dev tags of different ages with 100 kB each.
type world struct {
	dirs   settings.Dirs
	needed []string // references without the host
}

const devTags = 16

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{dirs: settings.Dirs{Data: t.TempDir()}}
	addr := w.serve(t)
	at := func(ref string) string { return addr + "/modules/" + ref }
	app := push(t, at("echo"), sized(t, 1000))
	digests := registrytest.File{Name: "images_digests.json", Content: fmt.Sprintf(`{"app":%q}`, app)}
	push(t, at("echo:v1.0.0"), registrytest.Image(t, []registrytest.File{digests}))
	push(t, at("echo/release:v1.0.0"), registrytest.Image(t, []registrytest.File{{Name: "version.json", Content: `{"version":"v1.0.0"}`}}))
	w.needed = []string{"echo@" + app, "echo:v1.0.0", "echo/release:v1.0.0"}
	for n := range devTags {
		tag, made := fmt.Sprintf("dev%02d", n), time.Now().Add(time.Duration(n-devTags)*time.Hour)
		stage := fmt.Sprintf("%056x-%d", n, made.UnixMilli())
		image := dated(t, sized(t, 100_000), made)
		own := push(t, at("echo:"+stage), image)
		named := registrytest.File{Name: "images_digests.json", Content: fmt.Sprintf(`{"app":%q}`, own)}
		push(t, at("echo:"+tag), dated(t, registrytest.Image(t, []registrytest.File{named}), made))
		push(t, at("echo/release:"+tag), dated(t, registrytest.Image(t, []registrytest.File{{Name: "version.json", Content: "{}"}}), made))
	}
	push(t, at("echo:dev00"), dated(t, sized(t, 100_000), time.Now().Add(-devTags*time.Hour))) // overwritten: the first bundle has no tag now
	return w
}

// serve serves the data until the returned address is not needed any more.
func (w *world) serve(t *testing.T) string {
	t.Helper()
	server, err := localregistry.Serve(context.Background(), localregistry.Options{Addr: "127.0.0.1:0", Dir: w.dirs.Registry(), Held: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close(context.Background()) })
	return server.Addr()
}

func (w *world) prune(t *testing.T, limit int64) (freed int64, done bool) {
	t.Helper()
	freed, done, err := Prune(t.Context(), PruneOptions{
		Dirs: w.dirs, Limit: limit, Before: time.Now(),
		Open: func(module.Repository) *remote.Client {
			return remote.NewClient(remote.ClientOptions{DockerConfig: t.TempDir()})
		},
		Note: t.Logf,
	})
	if err != nil {
		t.Fatal(err)
	}
	return freed, done
}

func (w *world) size(t *testing.T) int64 {
	t.Helper()
	size, err := localregistry.Size(w.dirs.Registry())
	if err != nil {
		t.Fatal(err)
	}
	return size
}

// exists reports whether an image and all its blobs are there.
func exists(t *testing.T, ref string) bool {
	t.Helper()
	parsed, err := name.ParseReference(ref)
	if err != nil {
		t.Fatal(err)
	}
	image, err := ggcr.Image(parsed)
	if err != nil {
		return false
	}
	layers, err := image.Layers()
	if err != nil {
		return false
	}
	for _, layer := range layers {
		content, err := layer.Compressed()
		if err != nil {
			return false
		}
		_ = content.Close()
	}
	return true
}

// sized returns an image whose content does not compress.
func sized(t *testing.T, bytes int) v1.Image {
	t.Helper()
	content := make([]byte, bytes)
	_, _ = rand.Read(content) // never fails
	return registrytest.Image(t, []registrytest.File{{Name: "data", Content: string(content)}})
}

func dated(t *testing.T, image v1.Image, at time.Time) v1.Image {
	t.Helper()
	image, err := mutate.CreatedAt(image, v1.Time{Time: at})
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// push pushes under a tag, or by digest alone, and returns the digest.
func push(t *testing.T, ref string, image v1.Image) string {
	t.Helper()
	digest, err := image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := name.NewTag(ref, name.StrictValidation)
	var to name.Reference = parsed
	if err != nil {
		to, err = name.NewDigest(ref + "@" + digest.String())
	}
	if err == nil {
		err = ggcr.Write(to, image)
	}
	if err != nil {
		t.Fatal(err)
	}
	return digest.String()
}

func TestPrune(t *testing.T) {
	w := newWorld(t)
	before := w.size(t)
	const limit = 700_000
	freed, done := w.prune(t, limit)
	after := w.size(t)
	if !done || after > limit || freed != before-after {
		t.Errorf("done %t, %d bytes of %d are left, %d freed: want at most %d", done, after, before, freed, limit)
	}
	addr := w.serve(t)
	for _, ref := range w.needed {
		if !exists(t, addr+"/modules/"+ref) {
			t.Errorf("%s is gone", ref)
		}
	}
	for tag, want := range map[string]bool{"dev00": false, "dev01": false, fmt.Sprintf("dev%02d", devTags-1): true} {
		for _, repository := range []string{"echo:", "echo/release:"} {
			if got := exists(t, addr+"/modules/"+repository+tag); got != want {
				t.Errorf("%s%s exists: %t, want %t", repository, tag, got, want)
			}
		}
	}
}

// TestPruneToTheEnd: what versions need is never given up for the limit.
func TestPruneToTheEnd(t *testing.T) {
	w := newWorld(t)
	if _, done := w.prune(t, 1); !done {
		t.Error("not done")
	}
	addr := w.serve(t)
	for _, ref := range w.needed {
		if !exists(t, addr+"/modules/"+ref) {
			t.Errorf("%s is gone", ref)
		}
	}
	if after := w.size(t); after > 60_000 {
		t.Errorf("%d bytes are left", after)
	}
}

// TestPruneBesideRuns: another run may be about to need what nothing references.
func TestPruneBesideRuns(t *testing.T) {
	w := newWorld(t)
	release, err := localregistry.Use(t.Context(), w.dirs.Registry())
	if err != nil {
		t.Fatal(err)
	}
	before := w.size(t)
	if freed, done := w.prune(t, 1); done || freed != 0 || w.size(t) != before {
		t.Errorf("done %t, %d freed beside a run", done, freed)
	}
	release()
	if _, done := w.prune(t, 1); !done {
		t.Error("not done after the run")
	}
}

func TestLimit(t *testing.T) {
	for text, want := range map[string]int64{"": 20_000_000_000, "1GB": 1_000_000_000, "500M": 500_000_000, "0": 0} {
		t.Setenv(EnvLimit, text)
		if got, _, err := Limit(); err != nil || got != want {
			t.Errorf("%q: %d, %v, want %d", text, got, err, want)
		}
	}
	t.Setenv(EnvLimit, "a lot")
	if _, _, err := Limit(); err == nil {
		t.Error("no error")
	}
}

func TestContainers(t *testing.T) {
	dir := t.TempDir()
	if got, err := Containers(dir); err != nil || got != 0 {
		t.Errorf("without a storage: %d, %v", got, err)
	}
	list := filepath.Join(dir, "lib", "storage", "overlay-layers", "layers.json")
	write(t, list, `[{"id":"a","diff-size":10},{"id":"b","compressed-size":5},{"id":"c","diff-size":7,"compressed-size":3}]`)
	if got, err := Containers(dir); err != nil || got != 22 {
		t.Errorf("%d, %v, want 22", got, err)
	}
	write(t, list, `{`)
	if _, err := Containers(dir); err == nil {
		t.Error("no error for a broken list")
	}
}

// TestDue looks for old tags once a day, and prunes them although there is room.
func TestDue(t *testing.T) {
	w := newWorld(t)
	for range 2 {
		if Due(w.dirs) {
			t.Error("a new directory is due")
		}
	}
	yesterday := time.Now().Add(-checkEvery - time.Minute)
	if err := os.Chtimes(prunedFile(w.dirs), yesterday, yesterday); err != nil {
		t.Fatal(err)
	}
	if !Due(w.dirs) {
		t.Error("after a day it is not due")
	}
	addr := w.serve(t)
	old := time.Now().Add(-maxAge - time.Hour)
	push(t, addr+"/modules/echo:old", dated(t, sized(t, 100_000), old))
	push(t, addr+"/modules/echo/release:old", dated(t, registrytest.Image(t, []registrytest.File{{Name: "version.json", Content: "{}"}}), old))
	freed, done := w.prune(t, 1<<40)
	if !done || freed < 100_000 {
		t.Errorf("%d bytes became free, done %t", freed, done)
	}
	if Due(w.dirs) {
		t.Error("it is due after pruning")
	}
}
