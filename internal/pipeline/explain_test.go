package pipeline

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/build"
	"github.com/modship/modship/pkg/graph"
	"github.com/modship/modship/pkg/werfcfg"
)

// chain is base -> app -> bundle, and other -> bundle.
func chain(t *testing.T) *graph.Graph {
	t.Helper()
	b := graph.NewBuilder()
	for _, name := range []string{"base", "app", "other", "bundle"} {
		b.AddNode(graph.Node{Kind: graph.Image, Name: name, Final: true})
	}
	for from, to := range map[string]string{"base": "app", "app": "bundle", "other": "bundle"} {
		b.AddEdge(graph.ID(graph.Image, from), graph.ID(graph.Image, to), graph.Import)
	}
	g, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// A change that no commit has (a variable) is followed through the images like
// one of a file.
func TestExplainFollowsWhatThePlanSays(t *testing.T) {
	e := &explainer{
		source: &source{config: &werfcfg.Config{Graph: chain(t)}},
		plan: &build.Plan{Images: []build.ImagePlan{
			{Name: "app", Action: build.Deferred},
			{Name: "base", Action: build.Rebuild, Stage: "install"},
			{Name: "bundle", Action: build.Deferred},
			{Name: "other", Action: build.Reuse},
		}},
		variables: []string{"MY_TOKEN"},
	}
	unchanged := &comparison{before: &werfcfg.Config{Commit: "c0ffee"}}
	token := []Cause{{Kind: "environment", How: "changed", What: "MY_TOKEN is not what it was at the last build on this machine"}}
	for name, want := range map[string]Explanation{
		"base":   {Image: "base", Action: build.Rebuild, Stage: "install", Since: "c0ffee", Causes: token, Needs: []string{}},
		"app":    {Image: "app", Action: build.Deferred, Stage: "dependencies", Since: "c0ffee", Causes: []Cause{}, Needs: []string{"base"}},
		"bundle": {Image: "bundle", Action: build.Deferred, Stage: "dependencies", Since: "c0ffee", Causes: []Cause{}, Needs: []string{"app"}},
		"other":  {Image: "other", Action: build.Reuse, Since: "c0ffee", Causes: []Cause{}, Needs: []string{}},
	} {
		if diff := cmp.Diff(want, e.explainImage(name, unchanged)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if got := e.explainImage("app", nil); !cmp.Equal(got.Needs, []string{"base"}) || got.Causes[0].Kind != "new" {
		t.Errorf("an image that is new beside its base: %+v", got)
	}
}

// A changed file does not hide that a variable changed an earlier stage.
func TestExplainNamesAnEarlierStage(t *testing.T) {
	for _, tc := range []struct {
		planned, file string
		variables     []string
		want          bool
	}{
		{"install", "setup", []string{"MY_TOKEN"}, true},
		{"install", "setup", nil, false},
		{"setup", "setup", []string{"MY_TOKEN"}, false},
		{"gitCache", "gitLatestPatch", []string{"MY_TOKEN"}, false}, // a large patch
		{"COPY", "dockerfile", []string{"MY_TOKEN"}, false},
	} {
		e := &explainer{variables: tc.variables}
		x := Explanation{Action: build.Rebuild, Stage: tc.planned, Causes: []Cause{{Kind: "file", Stage: tc.file}}}
		if got := e.fromElsewhere(x); got != tc.want {
			t.Errorf("%+v: %t", tc, got)
		}
	}
}
