package e2e

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modship/modship/internal/baseimage"
	"github.com/modship/modship/internal/baseimage/modulerepo"
	"github.com/modship/modship/internal/localregistry"
	"github.com/modship/modship/internal/settings"
)

// TestDiskLimit publishes in a loop to the embedded registry with little room:
// the size stays bounded, and the version that was published first verifies.
func TestDiskLimit(t *testing.T) {
	needBuilds(t)
	if localregistry.Probe(t.Context(), settings.EmbeddedAddr) {
		need(t, false, "free address "+settings.EmbeddedAddr+" for the embedded registry")
	}
	h := newHome(t)
	dir := filepath.Join(t.TempDir(), "minimal")
	if err := modulerepo.Materialise(t.Context(), dir, moduleDir("minimal"), modulerepo.Options{}); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(h.dir, "modship", "data", "registry")
	pushBaseInto(t, data)
	h.modship(t, dir, "publish", "--tag", "v0.1.0")
	first, err := localregistry.Size(data)
	if err != nil {
		t.Fatal(err)
	}
	const round, room = 300_000, 700_000 // bytes: two rounds fit
	limited := h.with(fmt.Sprintf("MODSHIP_DISK_LIMIT=%d", first+room))
	for n := range 5 {
		content := make([]byte, round)
		_, _ = rand.Read(content) // never fails
		writeFile(t, filepath.Join(dir, "docs", "filler"), string(content))
		if err := modulerepo.Commit(t.Context(), dir, fmt.Sprint("round ", n)); err != nil {
			t.Fatal(err)
		}
		limited.modship(t, dir, "publish", "--tag", fmt.Sprint("round", n))
		size, err := localregistry.Size(data)
		if err != nil {
			t.Fatal(err)
		}
		if size > first+room {
			t.Errorf("round %d: the registry has %d bytes, %d more than after one version", n, size, size-first)
		}
	}
	h.modship(t, dir, "verify", "--tag", "round4")
	h.modship(t, dir, "verify", "--tag", "v0.1.0")
	if text := h.modship(t, dir, "env"); !strings.Contains(text, "disk used") {
		t.Errorf("env does not show the space in use:\n%s", text)
	}
	h.modship(t, dir, "clean", "--yes")
	if entries, err := os.ReadDir(filepath.Join(data, "docker")); err == nil {
		t.Errorf("clean left %v", entries)
	}
	if entries, err := os.ReadDir(filepath.Join(h.dir, "modship", "data", "containers")); err != nil || len(entries) > 0 {
		t.Errorf("clean left %v, %v", entries, err)
	}
}

// pushBaseInto puts the base image into the data of an embedded registry.
func pushBaseInto(t *testing.T, data string) {
	t.Helper()
	server, err := localregistry.Serve(t.Context(), localregistry.Options{Addr: settings.EmbeddedAddr, Dir: data})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close(t.Context()) // the push is what counts
	if _, err := baseimage.Push(t.Context(), server.Addr(), baseimage.PushOptions{}); err != nil {
		t.Fatal(err)
	}
}
