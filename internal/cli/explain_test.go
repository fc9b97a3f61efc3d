package cli

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/build"
	"github.com/modship/modship/internal/pipeline"
)

// A wide module in miniature: one file moves four images, another one of them.
func TestGroupsAreByCauseLargestFirst(t *testing.T) {
	api := pipeline.Cause{Kind: "file", What: "api/go.mod", How: "changed", Stage: "install"}
	sum := pipeline.Cause{Kind: "file", What: "api/go.sum", How: "changed", Stage: "setup"}
	own := pipeline.Cause{Kind: "instruction", What: "shell.install", How: "changed", Stage: "install"}
	list := []pipeline.Explanation{
		{Image: "a", Action: build.Rebuild, Causes: []pipeline.Cause{api, sum}},
		{Image: "b", Action: build.Rebuild, Causes: []pipeline.Cause{api, sum, own}},
		{Image: "c", Action: build.Deferred, Needs: []string{"a"}},
		{Image: "bundle", Action: build.Deferred, Needs: []string{"c", "b"}},
	}
	var out bytes.Buffer
	printGroups(&out, list, "")
	want := `4 images are not reused:
   4  file api/go.mod changed, file api/go.sum changed
      a, b, and through them 2 more
   2  instructions: shell.install
      b, and through them 1 more
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
	out.Reset()
	printGroups(&out, nil, "v1.0.0")
	if got := out.String(); got != "no image differs since v1.0.0\n" {
		t.Errorf("got %q", got)
	}
}

func TestCircleOfNeedsEnds(t *testing.T) {
	list := []pipeline.Explanation{
		{Image: "a", Needs: []string{"b"}, Causes: []pipeline.Cause{{Kind: "new", What: "a"}}},
		{Image: "b", Needs: []string{"a"}},
	}
	if got := groups(list); len(got) != 1 || got[0].causes[0] != "new: a" {
		t.Errorf("groups %+v", got)
	}
}
