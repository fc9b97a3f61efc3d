package peer_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/baseimage"
	"github.com/modship/modship/internal/baseimage/modulerepo"
	"github.com/modship/modship/internal/werfcli/peer"
	"github.com/modship/modship/pkg/registry"
)

// modules are the modules of this repository with the environment they need
// and the images werf must build for them.
var modules = []struct {
	dir    string
	env    []string
	images []string
}{
	{
		dir: "examples/echo",
		env: []string{"MODULES_MODULE_TAG=v0.1.0"},
		images: []string{
			"bundle", "echo-probe", "echo-server", "echo-server-build-artifact", "echo-server-src-artifact",
			"images-digests", "release-channel-version", "release-channel-version-artifact",
		},
	},
}

// TestModules builds every module with werf, twice: nothing may be rebuilt the
// second time.
func TestModules(t *testing.T) {
	if os.Getenv("MODSHIP_E2E") == "" || os.Geteuid() != 0 {
		t.Skip("builds images: set MODSHIP_E2E=1 and run as root")
	}
	ctx := t.Context()
	server, err := registry.Serve(ctx, registry.Options{Addr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close(ctx) })
	if _, err := baseimage.Push(ctx, server.Addr(), baseimage.PushOptions{}); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	binary, err := peer.Compile(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	werf, err := peer.New(binary, dir)
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join("..", "..", "..")
	for _, module := range modules {
		t.Run(filepath.Base(module.dir), func(t *testing.T) {
			repo := filepath.Join(t.TempDir(), "repo")
			if err := modulerepo.Materialise(ctx, repo, filepath.Join(root, module.dir), modulerepo.Options{Registry: server.Addr()}); err != nil {
				t.Fatal(err)
			}
			for _, rebuilt := range []bool{true, false} {
				text, err := werf.Build(ctx, repo, server.Addr()+"/modules/"+filepath.Base(module.dir), peer.RunOptions{Env: module.env})
				if err != nil {
					t.Fatal(err)
				}
				checkReport(t, text, module.images, rebuilt)
			}
		})
	}
}

func checkReport(t *testing.T, text []byte, images []string, rebuilt bool) {
	t.Helper()
	var report struct {
		Images map[string]struct{ Rebuilt bool }
	}
	if err := json.Unmarshal(text, &report); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(images, slices.Sorted(maps.Keys(report.Images))); diff != "" {
		t.Errorf("images werf built (-want +got):\n%s", diff)
	}
	for name, image := range report.Images {
		if image.Rebuilt != rebuilt {
			t.Errorf("image %s: rebuilt is %t, want %t", name, image.Rebuilt, rebuilt)
		}
	}
}
