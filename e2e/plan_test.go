package e2e

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/localregistry"
)

// planJSON is `modship plan --format json`.
type planJSON struct {
	Images []struct{ Name, Action, Stage, Reason, Tag, Digest string }
	Writes []struct{ Ref, Current, Desired, Action string }
}

func readPlan(t testing.TB, text string) planJSON {
	t.Helper()
	var p planJSON
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// TestPlan asks for a plan of every shape where nothing is built: every image
// has to be rebuilt or depends on one that has, every tag is made, and the
// question changes nothing.
func TestPlan(t *testing.T) {
	needBuilds(t)
	t.Parallel()
	r := newRegistry(t, localregistry.Options{})
	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			dir := s.repo(t, r.Addr())
			h := newHome(t).with(s.env...)
			plan := readPlan(t, h.modship(t, dir, "plan", "--source", r.source(), "--tag", version, "--format", "json"))
			planned := map[string]bool{}
			for _, image := range plan.Images {
				planned[image.Name] = true
				if image.Action != "rebuild" && image.Action != "deferred" {
					t.Errorf("image %s: %s, though nothing is built", image.Name, image.Action)
				}
			}
			for _, name := range werfFinal(t, h.with("MODULES_MODULE_TAG="+version), dir) {
				if !planned[name] {
					t.Errorf("the final image %s is not in the plan: %v", name, slices.Sorted(maps.Keys(planned)))
				}
			}
			var writes []string
			for _, w := range plan.Writes {
				writes = append(writes, w.Action+" "+w.Ref)
			}
			repo := r.source() + "/" + s.name
			want := []string{"create " + repo + "/release:" + version, "create " + repo + ":" + version, "create " + r.source() + ":" + s.name}
			if diff := cmp.Diff(want, writes); diff != "" {
				t.Errorf("writes (-want +got):\n%s", diff)
			}
		})
	}
	if writes := r.takeWrites(); len(writes) > 0 {
		t.Errorf("planning wrote to the registry: %v", writes)
	}
}
