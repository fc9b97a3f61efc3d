package e2e

import (
	"bufio"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/modship/modship/internal/baseimage/modulerepo"
)

// TestGraph compares modship's graph with werf's own for every shape, and for
// the checkout that MODSHIP_E2E_CHECKOUT names: any clone of a module, with
// the environment it needs set by the caller.
//
//	MODSHIP_E2E_CHECKOUT=~/csi-nfs go test ./e2e -run TestGraph/checkout
func TestGraph(t *testing.T) {
	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t).with(s.env...).with("MODULES_MODULE_TAG=" + version)
			compareGraphs(t, h, s.repo(t, "registry.example.com"))
		})
	}
	if dir := os.Getenv("MODSHIP_E2E_CHECKOUT"); dir != "" {
		t.Run("checkout", func(t *testing.T) {
			h := newHome(t)
			h.env = append(os.Environ(), h.env...)
			compareGraphs(t, h, dir)
		})
	}
}

var update = flag.Bool("update", false, "write docs/echo.svg")

// TestPicture: the picture in README.md is what the program draws.
func TestPicture(t *testing.T) {
	t.Parallel()
	dir := shapeNamed("echo").repo(t, modulerepo.Registry)
	got := newHome(t).modship(t, dir, "graph", "--format", "svg", "--tag", "v0.1.0")
	file := filepath.Join("..", "docs", "echo.svg")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s is not the graph of examples/echo: go test ./e2e -run TestPicture -update", file)
	}
}

// compareGraphs looks at the images of both graphs, which of them are final,
// and what needs what.
func compareGraphs(t *testing.T, h *home, dir string) {
	g := readGraph(t, h.modship(t, dir, "graph", "--all", "--format", "json"))
	images, final := map[string]bool{}, map[string]bool{}
	for _, n := range g.Nodes {
		if n.Kind == "image" {
			images[n.Name] = true
			final[n.Name] = n.Final
		}
	}
	maps.DeleteFunc(final, func(_ string, is bool) bool { return !is })
	edges := map[string]bool{}
	for _, e := range g.Edges {
		from, ok := strings.CutPrefix(e.From, "image:")
		to, isImage := strings.CutPrefix(e.To, "image:")
		if ok && isImage && e.Kind != "digest" { // a digest edge is a second look at a dependency
			edges[e.Kind+" "+from+" -> "+to] = true
		}
	}
	wantImages, wantEdges := werfGraph(t, h, dir)
	if diff := cmp.Diff(wantImages, images); diff != "" {
		t.Errorf("images (-werf +modship):\n%s", diff)
	}
	if diff := cmp.Diff(werfFinal(t, h, dir), slices.Sorted(maps.Keys(final))); diff != "" {
		t.Errorf("final images (-werf +modship):\n%s", diff)
	}
	if diff := cmp.Diff(wantEdges, edges); diff != "" {
		t.Errorf("edges (-werf +modship):\n%s", diff)
	}
}

// werfGraph is `werf config graph`.
func werfGraph(t *testing.T, h *home, dir string) (images, edges map[string]bool) {
	t.Helper()
	var list []struct {
		Image     string
		DependsOn struct {
			From                 string
			Import, Dependencies []string
		}
	}
	if err := yaml.Unmarshal([]byte(h.werf(t, dir, "config", "graph")), &list); err != nil {
		t.Fatal(err)
	}
	images, edges = map[string]bool{}, map[string]bool{}
	for _, image := range list {
		images[image.Image] = true
		if image.DependsOn.From != "" {
			edges["from "+image.DependsOn.From+" -> "+image.Image] = true
		}
		for _, from := range image.DependsOn.Import {
			edges["import "+from+" -> "+image.Image] = true
		}
		for _, from := range image.DependsOn.Dependencies {
			edges["dependency "+from+" -> "+image.Image] = true
		}
	}
	return images, edges
}

// werfFinal is `werf config list --final-images-only`, sorted.
func werfFinal(t *testing.T, h *home, dir string) []string {
	t.Helper()
	var names []string
	lines := bufio.NewScanner(strings.NewReader(h.werf(t, dir, "config", "list", "--final-images-only")))
	for lines.Scan() {
		names = append(names, lines.Text())
	}
	slices.Sort(names)
	return names
}
