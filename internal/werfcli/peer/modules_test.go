package peer_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/baseimage"
	"github.com/modship/modship/internal/baseimage/modulerepo"
	"github.com/modship/modship/internal/localregistry"
	"github.com/modship/modship/internal/werfcli/peer"
	"github.com/modship/modship/pkg/contract"
	pkgmodule "github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/remote"
)

// modules are the modules of this repository with the environment they need
// and the images werf must build for them.
var modules = []struct {
	dir    string
	env    []string
	tag    string
	images string // space separated
}{
	{
		dir:    "examples/echo",
		env:    []string{"MODULES_MODULE_TAG=v0.1.0"},
		tag:    "v0.1.0",
		images: "bundle echo-probe echo-server echo-server-build-artifact echo-server-src-artifact images-digests release-channel-version release-channel-version-artifact",
	},
	{
		dir:    "e2e/testdata/modules/old-artifact",
		env:    []string{"CI_COMMIT_REF_NAME=v0.1.0"},
		tag:    "v0.1.0",
		images: "bundle bundle-files hello-build images-digests images/hello release-channel-version release-channel-version-artifact",
	},
	{
		dir:    "e2e/testdata/modules/catalog",
		env:    []string{"MODULES_MODULE_TAG=v0.1.0", "WERF_FINAL_IMAGES_ONLY=true"},
		tag:    "v0.1.0",
		images: "base/alpine-3.20 builder/alpine builder/golang-alpine-1.23.4 bundle catalog/catalogue-reader catalog/catalogue-reader-artifact images-digests-and-version jq release-channel-version",
	},
	{
		dir:    "e2e/testdata/modules/prepare-bundle",
		env:    []string{"MODULES_MODULE_TAG=v1.2.3", "CI_JOB_TOKEN=token"},
		tag:    "v1.2.3",
		images: "batch-hooks bundle controller images-digests prepare-bundle release-channel-version release-channel-version-artifact",
	},
	{
		dir:    "e2e/testdata/modules/inlined",
		env:    []string{"MODULES_MODULE_TAG=v1.0.0"},
		tag:    "v1.0.0",
		images: "base/vex bundle bundle-vex-artifact choose-edition docs-generator driver driver-golang-artifact driver-src-artifact driver-vex-artifact images-digests release-channel-version release-channel-version-artifact sidecar",
	},
	{
		dir:    "e2e/testdata/modules/minimal",
		env:    []string{"MODULES_MODULE_TAG=v0.1.0"},
		tag:    "v0.1.0",
		images: "bundle release-channel-version version",
	},
	{
		dir:    "e2e/testdata/modules/editions",
		env:    []string{"MODULES_MODULE_TAG=v0.1.0", "WERF_ENV=EE"},
		tag:    "v0.1.0",
		images: "audit bundle controller images-digests release-channel-version release-channel-version-artifact",
	},
	{
		dir:    "e2e/testdata/modules/chains",
		env:    []string{"MODULES_MODULE_TAG=v0.1.0", "CHAINS_UNIT_MS=50"},
		tag:    "v0.1.0",
		images: "a1 a2 a3 b1 b2 b3 bundle c1 c2 c3 images-digests release-channel-version version",
	},
	{
		dir:    "e2e/testdata/modules/dockerfile-staged",
		env:    []string{"MODULES_MODULE_TAG=v0.1.0"},
		tag:    "v0.1.0",
		images: "bundle images-digests plain release-channel-version staged staged/stage/build staged/stage/tools version",
	},
}

// root is this repository.
var root = filepath.Join("..", "..", "..")

// werf makes a peer; tests that need it are skipped in an ordinary run.
func werf(t *testing.T) *peer.Peer {
	t.Helper()
	if os.Getenv("MODSHIP_E2E") == "" || os.Geteuid() != 0 {
		t.Skip("needs werf's command line: set MODSHIP_E2E=1 and run as root")
	}
	binary, err := peer.Compile(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	made, err := peer.New(binary, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func materialise(t *testing.T, dir, registry string) string {
	t.Helper()
	repo := filepath.Join(t.TempDir(), "repo")
	if err := modulerepo.Materialise(t.Context(), repo, filepath.Join(root, dir), modulerepo.Options{Registry: registry}); err != nil {
		t.Fatal(err)
	}
	return repo
}

// TestModules builds every module with werf, twice: nothing may be rebuilt the
// second time.
func TestModules(t *testing.T) {
	werf := werf(t)
	ctx := t.Context()
	server, err := localregistry.Serve(ctx, localregistry.Options{Addr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close(ctx) })
	if _, err := baseimage.Push(ctx, server.Addr(), baseimage.PushOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, module := range modules {
		t.Run(filepath.Base(module.dir), func(t *testing.T) {
			repo := materialise(t, module.dir, server.Addr())
			published, err := pkgmodule.NewRepository(server.Addr()+"/modules", filepath.Base(module.dir))
			if err != nil {
				t.Fatal(err)
			}
			var report []byte
			for _, rebuilt := range []bool{true, false} {
				if report, err = werf.Build(ctx, repo, published.String(), peer.RunOptions{Env: module.env}); err != nil {
					t.Fatal(err)
				}
				checkReport(t, report, strings.Fields(module.images), rebuilt)
			}
			checkPublished(t, report, published, module.tag)
		})
	}
}

// checkPublished publishes what was built as the official CI does and lets the
// contract decide whether a cluster can consume it.
func checkPublished(t *testing.T, report []byte, published pkgmodule.Repository, tag string) {
	t.Helper()
	ctx := t.Context()
	if err := peer.Publish(ctx, report, published.Source, published.Name, tag, peer.PublishOptions{}); err != nil {
		t.Fatal(err)
	}
	session := remote.NewClient(remote.ClientOptions{})
	defer session.Close()
	violations, err := contract.CheckPublished(ctx, session, published, tag, contract.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, violation := range violations {
		if violation.Severity != contract.Error {
			continue // half of the real modules have no changelog.yaml either
		}
		t.Errorf("rule %d, %s: %s", violation.Rule, violation.Artifact, violation.Message)
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
		if !rebuilt && image.Rebuilt {
			t.Errorf("image %s was rebuilt though nothing changed", name)
		}
	}
	// Images of one base and nothing else share a stage, and only one of them
	// counts as rebuilt; the bundle shares none.
	if rebuilt && !report.Images["bundle"].Rebuilt {
		t.Error("the bundle was not built")
	}
}
