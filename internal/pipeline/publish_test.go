package pipeline

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/build"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/publish"
)

// TestPublish publishes a version, and once more, where nothing is written.
func TestPublish(t *testing.T) {
	r := newRig(t)
	r.builds("v1.0.0", "one")
	opts := r.options("v1.0.0", []module.Channel{module.Alpha})
	opts.Report = filepath.Join(t.TempDir(), "report.json")
	result, err := r.publish(opts)
	if err != nil {
		t.Fatal(err)
	}
	bundle, _ := result.Build.Image("bundle")
	release, _ := result.Build.Image("release-channel-version")
	repository := r.repository()
	for ref, want := range map[string]string{
		repository.Bundle("v1.0.0"): bundle.Digest, repository.Release("v1.0.0"): release.Digest, repository.Channel(module.Alpha): release.Digest,
	} {
		if got := r.digest(ref); got != want {
			t.Errorf("%s is on %s, want %s", ref, got, want)
		}
	}
	if r.digest(repository.Registration()) == "" {
		t.Error("the module is not registered")
	}
	var refs []string
	for _, w := range result.Writes {
		refs = append(refs, w.Ref)
		if w.Action != publish.Create || !w.Done {
			t.Errorf("write %+v", w)
		}
		if !r.said(string(w.Action) + " " + w.Ref) {
			t.Errorf("%s was not announced", w.Ref)
		}
	}
	want := []string{repository.Release("v1.0.0"), repository.Bundle("v1.0.0"), repository.Registration(), repository.Channel(module.Alpha)}
	if !slices.Equal(refs, want) { // contract rule 42
		t.Errorf("order of writes: %v, want %v", refs, want)
	}
	if report, err := os.ReadFile(opts.Report); err != nil || string(report) != "{}" {
		t.Errorf("report %q, %v", report, err)
	}
	if result.Seconds != 1 || len(result.Violations) > 0 {
		t.Errorf("seconds %v, violations %v", result.Seconds, result.Violations)
	}
	for _, w := range r.mustPublish("v1.0.0", module.Alpha).Writes {
		if w.Action != publish.Keep || w.Done {
			t.Errorf("second time: %+v", w)
		}
	}
	if entries, err := os.ReadDir(filepath.Join(r.home, "state", "run")); err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

// TestPlanIsWhatPublishDoes compares a plan with the run that follows, from
// the same point, for every kind of write.
func TestPlanIsWhatPublishDoes(t *testing.T) {
	for _, tc := range []struct {
		name     string
		before   func(*rig)
		tag      string
		channels []module.Channel
		refused  string // part of the refusal, empty for none
	}{
		{name: "first version", tag: "v1.0.0", channels: []module.Channel{module.Alpha}},
		{name: "dev build", tag: "dev"},
		{name: "another dev build", tag: "dev", before: func(r *rig) { r.builds("dev", "old"); r.mustPublish("dev") }},
		{name: "next version", tag: "v1.0.1", channels: []module.Channel{module.Alpha}, before: func(r *rig) {
			r.builds("v1.0.0", "old")
			r.mustPublish("v1.0.0", module.Alpha)
		}},
		{name: "version with different content", tag: "v1.0.0", refused: "contract rule 41 violated", before: func(r *rig) {
			r.builds("v1.0.0", "old")
			r.mustPublish("v1.0.0")
		}},
		{name: "ladder", tag: "v1.0.1", channels: []module.Channel{module.Stable}, refused: "stable", before: func(r *rig) {
			r.builds("v1.0.0", "old")
			r.mustPublish("v1.0.0", module.Alpha, module.Beta, module.EarlyAccess, module.Stable)
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t)
			if tc.before != nil {
				tc.before(r)
			}
			r.builds(tc.tag, "new")
			plan, err := r.plan(r.options(tc.tag, tc.channels))
			if err != nil {
				t.Fatal(err)
			}
			result, err := r.publish(r.options(tc.tag, tc.channels))
			if tc.refused != "" {
				if err == nil || plan.Refusal == nil || !strings.Contains(err.Error(), tc.refused) || !strings.Contains(plan.Refused, tc.refused) {
					t.Errorf("publish: %v\nplan: %v", err, plan.Refusal)
				}
				if done := len(written(result.Writes)); done > 0 {
					t.Errorf("%d writes were done", done)
				}
				return
			}
			if err != nil || plan.Refusal != nil {
				t.Fatalf("publish: %v\nplan: %v", err, plan.Refusal)
			}
			if diff := cmp.Diff(plan.Writes, undone(result.Writes)); diff != "" {
				t.Errorf("writes (-plan +publish):\n%s", diff)
			}
			if diff := cmp.Diff(plan.Violations, result.Violations); diff != "" {
				t.Errorf("violations (-plan +publish):\n%s", diff)
			}
			if again, err := r.plan(r.options(tc.tag, tc.channels)); err != nil || again.Changes() || !plan.Changes() {
				t.Errorf("after it: %+v, %v", again, err)
			}
		})
	}
}

func written(writes []publish.Write) []publish.Write {
	var done []publish.Write
	for _, w := range writes {
		if w.Done {
			done = append(done, w)
		}
	}
	return done
}

func undone(writes []publish.Write) []publish.Write {
	var list []publish.Write
	for _, w := range writes {
		w.Done = false
		list = append(list, w)
	}
	return list
}

// TestPlanBeforeTheBuild: what a build has still to decide is not guessed.
func TestPlanBeforeTheBuild(t *testing.T) {
	r := newRig(t)
	r.builds("v1.0.0", "old")
	r.mustPublish("v1.0.0")
	r.builder.plan = &build.Plan{LeftOut: 1, Images: []build.ImagePlan{
		{Name: "bundle", Action: build.Deferred, Final: true},
		{Name: "hello", Action: build.Rebuild, Stage: "install", Final: true},
		{Name: "release-channel-version", Action: build.Rebuild, Stage: "setup", Final: true},
	}}
	plan, err := r.plan(r.options("v1.0.1", nil))
	if err != nil || plan.Refusal != nil {
		t.Fatal(err, plan)
	}
	for _, w := range plan.Writes[:2] {
		if w.Action != publish.Create || w.Desired != "" {
			t.Errorf("%+v", w)
		}
	}
	if plan.LeftOut != 1 || !plan.Changes() || len(plan.Images) != 3 {
		t.Errorf("%+v", plan)
	}
	// A version that is published would get other content.
	if plan, err = r.plan(r.options("v1.0.0", nil)); err != nil || !strings.Contains(plan.Refused, "image release-channel-version is rebuilt") {
		t.Errorf("%v, %+v", err, plan)
	}
	if r.builder.builds != 1 {
		t.Errorf("%d builds", r.builder.builds)
	}
}

// TestBuildFails: the result has what was built, and nothing is published.
func TestBuildFails(t *testing.T) {
	r := newRig(t)
	r.builds("v1.0.0", "one")
	r.builder.err = errors.New("image hello: no")
	result, err := r.publish(r.options("v1.0.0", nil))
	if err == nil || err.Error() != "build: image hello: no" || result.Build == nil || len(result.Writes) > 0 {
		t.Errorf("%+v, %v", result, err)
	}
	if got := r.digest(r.repository().Bundle("v1.0.0")); got != "" {
		t.Errorf("the bundle is published: %s", got)
	}
}
