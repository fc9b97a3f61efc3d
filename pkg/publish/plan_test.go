package publish

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/crane"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/modship/modship/internal/registrytest"
	"github.com/modship/modship/pkg/module"
)

// actions is a plan as "last part of the reference: action".
func actions(plan *Plan) []string {
	var lines []string
	for _, w := range plan.Writes {
		lines = append(lines, w.Ref[strings.LastIndex(w.Ref, "/")+1:]+": "+string(w.Action))
	}
	return lines
}

func (r *rig) plan(s *Publisher, request Request) *Plan {
	r.T.Helper()
	plan, err := s.Plan(r.T.Context(), request)
	if err != nil {
		r.T.Fatal(err)
	}
	return plan
}

func TestPlanOfVersionTags(t *testing.T) {
	r := newRig(t)
	s := newPublisher(r)
	published := r.publish(s, "echo", "v0.1.0")
	r.apply(s, r.request("echo", "dev", published))
	other := r.Build("echo", "v0.1.0", "other")

	forced := r.request("echo", "v0.1.0", other)
	forced.Force = true
	unbuilt := r.request("echo", "v0.2.0", registrytest.Built{})
	changing := r.request("echo", "v0.1.0", registrytest.Built{})
	changing.BundleChange = "image app is rebuilt"
	changingDev := r.request("echo", "dev", registrytest.Built{})
	changingDev.BundleChange, changingDev.ReleaseChange = "image app is rebuilt", "image release is rebuilt"
	changingNew := r.request("echo", "v0.2.0", registrytest.Built{})
	changingNew.BundleChange, changingNew.ReleaseChange = "image app is rebuilt", "image release is rebuilt"
	for _, test := range []struct {
		name    string
		request Request
		want    []string
		refused bool
	}{
		{"the same again", r.request("echo", "v0.1.0", published), []string{"release:v0.1.0: keep", "echo:v0.1.0: keep", "modules:echo: keep"}, false},
		{"other content", r.request("echo", "v0.1.0", other), []string{"release:v0.1.0: refuse", "echo:v0.1.0: refuse", "modules:echo: keep"}, true},
		{"forced", forced, []string{"release:v0.1.0: move", "echo:v0.1.0: move", "modules:echo: keep"}, false},
		{"dev tag moves", r.request("echo", "dev", other), []string{"release:dev: move", "echo:dev: move", "modules:echo: keep"}, false},
		{"going to have other content", changing, []string{"release:v0.1.0: keep", "echo:v0.1.0: refuse", "modules:echo: keep"}, true},
		{"a dev tag that is going to", changingDev, []string{"release:dev: move", "echo:dev: move", "modules:echo: keep"}, false},
		{"a new version", changingNew, []string{"release:v0.2.0: create", "echo:v0.2.0: create", "modules:echo: keep"}, false},
		{"not built yet", unbuilt, []string{"release:v0.2.0: create", "echo:v0.2.0: create", "modules:echo: keep"}, false},
	} {
		plan := r.plan(s, test.request)
		if diff := cmp.Diff(test.want, actions(plan)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
		if got := isRefused(plan.Refusal()); got != test.refused {
			t.Errorf("%s: refusal %v, want one: %v", test.name, plan.Refusal(), test.refused)
		}
	}
	if err := s.Apply(t.Context(), r.plan(s, unbuilt)); err == nil {
		t.Error("a plan without built images was applied")
	}
}

// TestPlanOfAPublishedVersionBeforeItIsBuilt knows where the channels will be.
func TestPlanOfAPublishedVersionBeforeItIsBuilt(t *testing.T) {
	r := newRig(t)
	s := newPublisher(r)
	r.publish(s, "echo", "v0.1.0")
	r.mustPromote(s, "v0.1.0", module.Alpha)
	request := r.request("echo", "v0.1.0", registrytest.Built{})
	request.Channels = []module.Channel{module.Beta, module.Alpha}
	want := []string{"release:v0.1.0: keep", "echo:v0.1.0: keep", "modules:echo: keep", "release:alpha: keep", "release:beta: create"}
	if diff := cmp.Diff(want, actions(r.plan(s, request))); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
}

func TestForceStopsAtAChannel(t *testing.T) {
	r := newRig(t)
	s := newPublisher(r)
	r.publish(s, "echo", "v0.1.0")
	repository := r.Repository("echo")
	if _, err := promote(t.Context(), s, PromoteRequest{Repository: repository, Tag: "v0.1.0", Channels: []module.Channel{module.Alpha}}); err != nil {
		t.Fatal(err)
	}
	request := r.request("echo", "v0.1.0", r.Build("echo", "v0.1.0", "other"))
	request.Force = true
	r.Log.Take()
	err := s.Apply(t.Context(), r.plan(s, request))
	if !isRefused(err) || !strings.Contains(err.Error(), "alpha") {
		t.Errorf("overwriting a version on a channel: %v", err)
	}
	for _, line := range r.Log.Take() {
		if strings.HasPrefix(line, "PUT") {
			t.Errorf("a refused plan was begun: %s", line)
		}
	}
}

func TestDevTagOnChannelIsRefused(t *testing.T) {
	r := newRig(t)
	s := newPublisher(r)
	request := r.request("echo", "feature-x", r.Build("echo", "feature-x", ""))
	request.Channels = []module.Channel{module.Alpha}
	if err := s.Apply(t.Context(), r.plan(s, request)); !isRefused(err) {
		t.Errorf("dev tag on a channel: %v, want a refusal", err)
	}
}

// TestRegistrationIsCraneAppends proves the bytes by the library behind
// `crane append --oci-empty-base --new_layer ""`.
func TestRegistrationIsCraneAppends(t *testing.T) {
	base := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	reference, err := crane.Append(base, []string{}...)
	if err != nil {
		t.Fatal(err)
	}
	want := registrytest.RawManifest(t, reference)
	manifest, config, err := registrationImage()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(manifest.Raw)); diff != "" {
		t.Errorf("manifest (-crane +ours):\n%s", diff)
	}
	if manifest.Digest != RegistrationDigest || len(config) != 115 {
		t.Errorf("manifest %s with a config of %d bytes, want %s with 115", manifest.Digest, len(config), RegistrationDigest)
	}

	r := newRig(t)
	s := newPublisher(r)
	r.publish(s, "echo", "v0.1.0")
	if got, _, _ := s.client.Digest(t.Context(), r.Repository("echo").Registration()); got != RegistrationDigest {
		t.Errorf("registration tag is on %s", got)
	}
}

func TestRegistrationWithOtherContentIsKept(t *testing.T) {
	r := newRig(t)
	s := newPublisher(r)
	before := r.Tag(r.Repository("echo").Registration(), registrytest.Image(t, []registrytest.File{{Name: "any", Content: "thing"}}))
	r.publish(s, "echo", "v0.1.0")
	if after, _, _ := s.client.Digest(t.Context(), r.Repository("echo").Registration()); after != before {
		t.Errorf("registration moved from %s to %s", before, after)
	}
}

// TestGapBeforeTheBuild: whether module.yaml bridges a gap of minors is not
// known before the build, so it is no reason to refuse the build.
func TestGapBeforeTheBuild(t *testing.T) {
	r := newRig(t)
	s := newPublisher(r)
	r.publish(s, "echo", "v1.0.0")
	r.mustPromote(s, "v1.0.0", module.Alpha)
	request := r.request("echo", "v1.4.0", registrytest.Built{})
	request.Channels = []module.Channel{module.Alpha}
	plan := r.plan(s, request)
	if err := plan.Refusal(); err != nil {
		t.Errorf("before the build: %v", err)
	}
	if w := plan.Writes[3]; w.Action != Move || !strings.Contains(w.Reason, "nothing is published between v1.0.0 and v1.4.0") {
		t.Errorf("alpha: %s, %q", w.Action, w.Reason)
	}
	build := func(lines ...string) error {
		b := r.Build("echo", "v1.4.0", strings.Join(lines, ""), lines...)
		request.Bundle, request.Release = b.Bundle, b.Release
		return r.plan(s, request).Refusal()
	}
	if err := build(); !isRefused(err) {
		t.Errorf("without a bridge: %v", err)
	}
	if err := build("update:", "  versions:", "  - from: \"1.0\"", "    to: \"1.4\""); err != nil {
		t.Errorf("with a bridge: %v", err)
	}
}
