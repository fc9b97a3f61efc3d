package pipeline

import (
	"slices"
	"strings"
	"testing"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/pkg/module"
)

// TestAsCIRefuses: every difference is named, and nothing is built.
func TestAsCIRefuses(t *testing.T) {
	ci := module.Repository{Source: "r.example.com/dev", Name: "echo"}
	for name, tc := range map[string]struct {
		match Match
		want  []string // none: not refused
	}{
		"equal": {Match{Images: []ImageMatch{{Image: "a", Matches: true, Digest: "sha256:0"}}}, nil},
		"images": {Match{Images: []ImageMatch{
			{Image: "a", Causes: []Cause{{Kind: "file", What: "x.go", How: "changed", Stage: "setup"}, {Kind: "file", What: "y.go", How: "changed"}}},
			{Image: "b", Causes: []Cause{{Kind: "new", What: "never built", How: "added"}}},
			{Image: "c", Needs: []string{"a", "b"}},
			{Image: "d"},
			{Image: "e", Matches: true},
		}}, []string{"in r.example.com/dev/echo: ", "image a: file x.go changed (stage setup)", "image b: new: never built", "image c: needs a, b", "image d differs"}},
		"a checkout of its own": {Match{
			Images:   []ImageMatch{{Image: "a"}},
			Checkout: []Difference{{"variable", "A is set"}, {"history", "this clone is shallow"}},
		}, []string{"image a differs; A is set; this clone is shallow"}},
		"a checkout that makes no difference": {Match{
			Images:   []ImageMatch{{Image: "a", Matches: true, Digest: "sha256:0"}},
			Checkout: []Difference{{"history", "this clone is shallow"}},
		}, nil},
	} {
		r := newRig(t)
		opts, err := tc.match.take(r.options("dev", nil), ci)
		if len(tc.want) == 0 {
			secondary := *opts.Flags.Data().SecondaryStagesStorage
			if err != nil || opts.digests["a"] != "sha256:0" || !slices.Contains(secondary, ci.String()) {
				t.Errorf("%s: %v, digests %v, secondary repositories %v", name, err, opts.digests, secondary)
			}
			continue
		}
		if exit.CodeOf(err) != exit.Violated || !strings.Contains(exit.HintOf(err), "modship match --against r.example.com/dev`") {
			t.Errorf("%s: %v, hint %q", name, err, exit.HintOf(err))
		}
		for _, text := range tc.want {
			if !strings.Contains(err.Error(), text) {
				t.Errorf("%s: %v, want %q", name, err, text)
			}
		}
	}
}

// TestAsCIInItsOwnRepository takes nothing from elsewhere.
func TestAsCIInItsOwnRepository(t *testing.T) {
	r := newRig(t)
	opts, err := (&Match{}).take(r.options("dev", nil), r.repository())
	if secondary := *opts.Flags.Data().SecondaryStagesStorage; err != nil || len(secondary) > 0 {
		t.Errorf("%v, secondary repositories %v", err, secondary)
	}
}

// TestAsCIDigests refuses, before anything is published, a final image that has
// CI's content and another digest.
func TestAsCIDigests(t *testing.T) {
	r := newRig(t)
	r.builds("dev", "one")
	opts := r.options("dev", nil)
	opts.digests = map[string]string{}
	for _, img := range r.builder.result.Images {
		opts.digests[img.Name] = img.Digest
	}
	if _, err := r.publish(opts); err != nil {
		t.Fatal(err)
	}
	opts.digests["hello"] = "sha256:1"
	r.builds("dev", "two")
	before := r.digest(r.repository().Bundle("dev"))
	_, err := r.publish(opts)
	if exit.CodeOf(err) != exit.Violated || !strings.Contains(err.Error(), "and CI's is sha256:1") {
		t.Errorf("%v", err)
	}
	if after := r.digest(r.repository().Bundle("dev")); after != before || before == "" {
		t.Errorf("the bundle was %s and is %s", before, after)
	}
}
