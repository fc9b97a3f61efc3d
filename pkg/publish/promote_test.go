package publish

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/registrytest"
	"github.com/modship/modship/pkg/module"
)

func (r *rig) promote(s *Publisher, tag string, channels ...module.Channel) error {
	_, err := promote(r.T.Context(), s, PromoteRequest{Repository: r.Repository("echo"), Tag: tag, Channels: channels})
	return err
}

func (r *rig) mustPromote(s *Publisher, tag string, channels ...module.Channel) {
	r.T.Helper()
	if err := r.promote(s, tag, channels...); err != nil {
		r.T.Fatal(err)
	}
}

// on tells which version each channel is on.
func (r *rig) on(s *Publisher) map[module.Channel]string {
	r.T.Helper()
	status, err := s.Status(r.T.Context(), r.Repository("echo"))
	if err != nil {
		r.T.Fatal(err)
	}
	on := map[module.Channel]string{}
	for _, channel := range status.Channels {
		if channel.Version != "" {
			on[channel.Channel] = channel.Version
		}
	}
	return on
}

func TestPromoteRules(t *testing.T) {
	r := newRig(t)
	s := newPublisher(r)
	for _, tag := range []string{"v1.0.0", "v1.1.0", "v1.4.0", "v1.5.0", "v2.0.0"} {
		r.publish(s, "echo", tag)
	}
	bridge := r.Build("echo", "v1.6.0", "", "update:", "  versions:", "  - from: \"1.1\"", "    to: \"1.6\"")
	r.apply(s, r.request("echo", "v1.6.0", bridge))
	for _, tag := range []string{"v2.1.0", "v2.9.0", "v3.0.0"} { // clusters reach v2.1.0 and jump from there
		r.apply(s, r.request("echo", tag, r.Build("echo", tag, "", "update:", "  versions:", "  - from: \"2.1\"", "    to: \""+tag[1:4]+"\"")))
	}
	r.mustPromote(s, "v1.1.0", module.Alpha)
	r.mustPromote(s, "v1.4.0", module.LTS)

	tests := []struct {
		name     string
		request  PromoteRequest
		contains string // of the refusal, empty when it is allowed
	}{
		{"no version", PromoteRequest{Tag: "main", Channels: []module.Channel{module.Alpha}}, "not a version"},
		{"absent version", PromoteRequest{Tag: "v9.9.9", Channels: []module.Channel{module.Alpha}}, "not published"},
		{"next channel without the one below", PromoteRequest{Tag: "v1.1.0", Channels: []module.Channel{module.EarlyAccess}}, "must be promoted to beta first (that channel is empty)"},
		{"other version below", PromoteRequest{Tag: "v1.0.0", Channels: []module.Channel{module.Beta}}, "must be promoted to alpha first (that channel is on v1.1.0)"},
		{"skip the ladder", PromoteRequest{Tag: "v1.0.0", Channels: []module.Channel{module.RockSolid}, SkipLadder: true}, ""},
		{"the channel below of a ladder", PromoteRequest{Tag: "v1.1.0", Channels: []module.Channel{module.Stable}, Ladder: module.Ladder{module.Alpha, module.Stable}}, ""},
		{"other version below on a ladder", PromoteRequest{Tag: "v1.0.0", Channels: []module.Channel{module.Stable}, Ladder: module.Ladder{module.Alpha, module.Stable}}, "must be promoted to alpha first"},
		{"several in one call", PromoteRequest{Tag: "v1.1.0", Channels: []module.Channel{module.EarlyAccess, module.Beta}}, ""},
		{"step down", PromoteRequest{Tag: "v1.0.0", Channels: []module.Channel{module.Alpha}}, "will not go back"},
		{"allowed step down", PromoteRequest{Tag: "v1.0.0", Channels: []module.Channel{module.Alpha}, AllowDowngrade: true}, ""},
		{"gap of minors", PromoteRequest{Tag: "v1.4.0", Channels: []module.Channel{module.Alpha}}, "nothing is published between v1.1.0 and v1.4.0"},
		{"bridge over the gap", PromoteRequest{Tag: "v1.6.0", Channels: []module.Channel{module.Alpha}}, ""},
		{"bridge behind the gap's first version", PromoteRequest{Tag: "v3.0.0", Channels: []module.Channel{module.Alpha}}, ""},
		{"lts takes any higher version", PromoteRequest{Tag: "v2.0.0", Channels: []module.Channel{module.LTS}}, ""},
	}
	for _, test := range tests {
		test.request.Repository = r.Repository("echo")
		plan, err := s.PlanPromote(t.Context(), test.request)
		if err == nil {
			err = plan.Refusal()
		}
		switch {
		case test.contains == "" && err != nil:
			t.Errorf("%s: %v", test.name, err)
		case test.contains != "" && (!isViolation(err) || !strings.Contains(err.Error(), test.contains)):
			t.Errorf("%s: %v, want %q", test.name, err, test.contains)
		}
	}
}

func TestPromoteAllOrNone(t *testing.T) {
	r := newRig(t)
	s := newPublisher(r)
	r.publish(s, "echo", "v1.0.0")
	r.publish(s, "echo", "v1.1.0")
	r.mustPromote(s, "v1.1.0", module.Alpha, module.Beta, module.EarlyAccess)
	// v1.0.0 may not step down on early-access, therefore lts is not written.
	if err := r.promote(s, "v1.0.0", module.LTS, module.EarlyAccess); !isViolation(err) {
		t.Errorf("promote: %v", err)
	}
	want := map[module.Channel]string{module.Alpha: "v1.1.0", module.Beta: "v1.1.0", module.EarlyAccess: "v1.1.0"}
	if diff := cmp.Diff(want, r.on(s)); diff != "" {
		t.Errorf("channels (-want +got):\n%s", diff)
	}
}

func TestLadderReadsAnyValidVersionFile(t *testing.T) {
	r := newRig(t)
	s := newPublisher(r)
	r.publish(s, "echo", "v1.0.0")
	// The channel below was written by other means: another image of the same
	// version, with a pretty-printed version.json.
	r.Tag(r.Repository("echo").Channel(module.Alpha), registrytest.Image(t, []registrytest.File{{Name: "version.json", Content: "{\n  \"version\": \"v1.0.0\"\n}\n"}}))
	r.mustPromote(s, "v1.0.0", module.Beta)
}

func TestHistoryAndBack(t *testing.T) {
	r := newRig(t)
	s := newPublisher(r)
	for _, tag := range []string{"v1.0.0", "v1.1.0", "v1.2.0"} {
		r.publish(s, "echo", tag)
		r.mustPromote(s, tag, module.Alpha)
	}
	back := BackRequest{Repository: r.Repository("echo"), Channel: module.Alpha}
	if _, err := rollBack(t.Context(), newPublisher(r), back); err != nil {
		t.Fatal(err)
	}
	history, err := newPublisher(r).History(t.Context(), r.Repository("echo"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, move := range history.Moves {
		got = append(got, string(move.Channel)+" "+move.From+" "+move.To+" "+move.Actor)
	}
	want := []string{"alpha  v1.0.0 ci-runner", "alpha v1.0.0 v1.1.0 ci-runner", "alpha v1.1.0 v1.2.0 ci-runner", "alpha v1.2.0 v1.1.0 ci-runner"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	if on := r.on(s)[module.Alpha]; on != "v1.1.0" {
		t.Errorf("alpha is on %s after going back, want v1.1.0", on)
	}
	if _, err := rollBack(t.Context(), s, BackRequest{Repository: r.Repository("echo"), Channel: module.Beta}); !errors.Is(err, ErrEmptyChannel) {
		t.Errorf("a channel that is on nothing is taken back: %v", err)
	}
}

// TestHistoryIsInvisible shows that no list a consumer reads has the entries.
func TestHistoryIsInvisible(t *testing.T) {
	r := newRig(t)
	s := newPublisher(r)
	for _, tag := range []string{"v1.0.0", "v1.1.0"} {
		r.publish(s, "echo", tag)
		r.mustPromote(s, tag, module.Alpha)
	}
	repository := r.Repository("echo")
	source, _ := s.client.Tags(t.Context(), repository.Source)
	bundles, _ := s.client.Tags(t.Context(), repository.BundleRepo())
	releases, _ := s.client.Tags(t.Context(), repository.ReleaseRepo())
	if diff := cmp.Diff([]string{"echo"}, source); diff != "" {
		t.Errorf("tags of the source (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"v1.0.0", "v1.1.0"}, bundles); diff != "" {
		t.Errorf("tags of the bundle repository (-want +got):\n%s", diff)
	}
	versions := 0
	for _, tag := range releases {
		if _, err := module.ReadVersion(tag); err == nil { // as wide as the widest consumer
			versions++
		}
	}
	if versions != 2 || len(releases) != 7 {
		t.Errorf("tags of the release repository: %v, want two versions, a channel, two publications and two moves", releases)
	}
}

func TestMoveTagRoundTrip(t *testing.T) {
	long := strings.Repeat("x", 200)
	for _, actor := range []string{"", "ci", "user_name@host.example", "Ünïcode", long} {
		move := ChannelMove{Channel: module.EarlyAccess, Time: registrytest.MustTime(t, "2026-11-22T09:55:23.123Z"), From: "v1.0.0", To: "v1.1.0", Actor: actor}
		tag := newMoveTag(move)
		if err := module.CheckTag(tag); err != nil {
			t.Errorf("actor %q: %v", actor, err)
		}
		got, ok := parseMoveTag(tag)
		if !ok || got.Channel != move.Channel || !got.Time.Equal(move.Time) || got.From != move.From || got.To != move.To {
			t.Errorf("%q reads back as %+v, %v", tag, got, ok)
		}
	}
}

// TestPromoteReadsTheVersion: a version that was published by other means is
// read before a channel is put on it.
func TestPromoteReadsTheVersion(t *testing.T) {
	for name, tc := range map[string]struct{ content, want string }{
		"of another version": {`{"version":"v0.9.0"}`, "says v0.9.0"},
		"of nothing":         {"", "no version.json"},
		"as it should be":    {`{"version":"v1.0.0"}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			files := []registrytest.File{{Name: "module.yaml", Content: "name: echo\n"}}
			if tc.content != "" {
				files = append(files, registrytest.File{Name: "version.json", Content: tc.content})
			}
			r.Tag(r.Repository("echo").Release("v1.0.0"), registrytest.Image(t, files))
			r.Tag(r.Repository("echo").Bundle("v1.0.0"), registrytest.Image(t, files))
			err := r.promote(newPublisher(r), "v1.0.0", module.Alpha)
			switch {
			case tc.want == "" && err != nil:
				t.Error(err)
			case tc.want != "" && (!isViolation(err) || !strings.Contains(err.Error(), tc.want)):
				t.Errorf("%v, want %q", err, tc.want)
			}
		})
	}
}
