package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/pkg/graph"
	"github.com/modship/modship/pkg/graph/internal/sample"
)

// largeModule has a catalogue, images of two components, digests and a bundle.
func largeModule(t *testing.T) *graph.Graph {
	t.Helper()
	b := graph.NewBuilder()
	image := func(name string, final bool) string {
		return b.AddNode(graph.Node{Kind: graph.Image, Name: name, Final: final})
	}
	digests, bundle := image("images-digests", false), image("bundle", true)
	b.AddEdge(digests, bundle, graph.Import)
	b.AddEdge(bundle, b.AddNode(graph.Node{Kind: graph.Bundle, Name: "v1.0.0"}), graph.Tag)
	for i := range 100 {
		name := image(fmt.Sprintf("builder/b%d", i), false)
		for _, base := range []string{"a", "b"} { // also used by another image
			b.AddEdge(b.AddNode(graph.Node{Kind: graph.Base, Name: fmt.Sprintf("registry.example/%s%d", base, i)}), image(base+fmt.Sprint(i), false), graph.From)
		}
		b.AddEdge(b.AddNode(graph.Node{Kind: graph.Base, Name: fmt.Sprintf("registry.example/a%d", i)}), name, graph.From)
		for _, component := range []string{"net", "disk"} {
			src, final := image(fmt.Sprintf("%s/src%d", component, i), false), image(fmt.Sprintf("%s/final%d", component, i), true)
			b.AddEdge(b.AddNode(graph.Node{Kind: graph.Git, Name: "images/" + component}), src, graph.FromGit)
			b.AddEdge(name, src, graph.From)
			b.AddEdge(src, final, graph.Import)
			b.AddEdge(final, digests, graph.Dependency)
			b.AddEdge(final, digests, graph.Digest)
		}
	}
	return sample.MustBuild(t, b)
}

func TestOverviewGroupsByKindAndName(t *testing.T) {
	o := newOverview(newView(largeModule(t)))
	var got []string
	for k, n := range o.nodes {
		got = append(got, strings.TrimSuffix(n.Name+", "+o.titles[k], ", "))
	}
	slices.Sort(got)
	want := []string{
		"200 names of base images, 200 names of base images", "builder/…, 100 names of base images", "bundle", "disk/…, 100 final images", "disk/…, 100 images",
		"images-digests", "images/…, 2 sets of git files", "net/…, 100 final images", "net/…, 100 images", "registry.example/…, 200 base images", "v1.0.0",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestOverviewHasEverything: each node is in one group, and each edge between
// two groups is there.
func TestOverviewHasEverything(t *testing.T) {
	whole := newView(largeModule(t))
	o := newOverview(whole)
	group := map[int]int{}
	for k, members := range o.members {
		for _, i := range members {
			if _, twice := group[i]; twice {
				t.Errorf("%s is in two groups", whole.nodes[i].ID)
			}
			group[i] = k
		}
	}
	if len(group) != len(whole.nodes) {
		t.Errorf("%d of %d nodes have a group", len(group), len(whole.nodes))
	}
	for _, e := range whole.edges {
		if from, to := group[e.from], group[e.to]; from != to && !slices.Contains(o.kinds(from, to), e.kind) {
			t.Errorf("the %s edge from %s to %s is missing", e.kind, whole.nodes[e.from].ID, whole.nodes[e.to].ID)
		}
	}
}

// TestTooManyNames: when the names of images have too many beginnings, kinds
// have to do.
func TestTooManyNames(t *testing.T) {
	b := graph.NewBuilder()
	for i := range 2 * mostGroups {
		for _, name := range []string{"a", "b", "c"} {
			b.AddNode(graph.Node{Kind: graph.Image, Name: fmt.Sprintf("component-%d/%s", i, name)})
		}
	}
	o := newOverview(newView(sample.MustBuild(t, b)))
	if len(o.nodes) != 1 || o.titles[0] != "480 images" {
		t.Errorf("%d groups, %q", len(o.nodes), o.titles)
	}
}

func TestLargePicturesBeginAsGroups(t *testing.T) {
	g := largeModule(t)
	var svg bytes.Buffer
	if err := SVG(&svg, g, SVGOptions{}); err != nil {
		t.Fatal(err)
	}
	if boxes := strings.Count(svg.String(), "data-g="); boxes < 8 || boxes > mostGroups || strings.Contains(svg.String(), "data-b=") {
		t.Errorf("the picture of %d nodes has %d groups", g.Len(), boxes)
	}
	page := html(t, g)
	_, rest, _ := strings.Cut(page, `<script type="application/json" id="data">`)
	text, _, _ := strings.Cut(rest, "</script>")
	var data pageData
	if err := json.Unmarshal([]byte(text), &data); err != nil {
		t.Fatal(err)
	}
	if data.Overview == nil || len(data.Overview.Groups) != strings.Count(page, `" data-g="`) || len(data.Boxes) != strings.Count(page, `" data-b="`) {
		t.Fatal("the page has no overview beside the whole picture")
	}
	shown := map[int]bool{}
	for _, group := range data.Overview.Groups {
		for _, box := range group.Members {
			shown[box] = true
		}
	}
	if len(shown) != len(data.Boxes) {
		t.Errorf("%d of %d boxes can be reached from the overview", len(shown), len(data.Boxes))
	}
	if small := html(t, sample.Module(t)); strings.Contains(small, `" data-g="`) || strings.Contains(small, `id="level"`) {
		t.Error("a small graph begins as groups")
	}
}
