package publish

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/pkg/module"
)

// TestWay derives the version before the present one from histories: "v1>v2"
// is a move, "v2<v1" a return.
func TestWay(t *testing.T) {
	for _, tc := range []struct {
		name, history, present, want string
	}{
		{"a move", "v1>v2 v2>v3", "v3", "v2"},
		{"a return is undone", "v1>v2 v2>v3 v3<v2", "v2", "v1"},
		{"to the first placement", "v1>v2 v2>v3 v3<v2 v2<v1", "v1", ""},
		{"forward again", "v1>v2 v2>v3 v3<v2 v2>v4", "v4", "v2"},
		{"forward to the same", "v1>v2 v2>v3 v3<v2 v2>v3", "v3", "v2"},
		{"a step down is a move", "v1>v2 v2>v3 v3>v1", "v1", "v3"},
		{"never made, at the end", "v1>v2 v2>v3", "v2", "v1"},
		{"never made, then repeated", "v1>v2 v1>v2", "v2", "v1"},
		{"overtaken by another one", "v1>v2 v2>v3 v2>v4", "v3", "v2"},
		{"overtaken by one that was entered later", "v1>v2 v2>v4 v2>v3", "v3", "v2"},
		{"a return never made", "v1>v2 v2>v3 v3<v2", "v3", "v2"},
		{"a return twice at once", "v1>v2 v2>v3 v3<v2 v3<v2", "v2", "v1"},
		{"moved by other means to an earlier one", "v1>v2 v2>v3", "v1", ""},
		{"moved by other means in between", "v1>v2 v5>v6", "v6", "v5"},
		{"moved by other means at last", "v1>v2", "v7", ""},
		{"no history", "", "v1", ""},
	} {
		var moves []ChannelMove
		full := func(v string) string { return v + ".0.0" }
		for text := range strings.FieldsSeq(tc.history) {
			move := ChannelMove{Channel: module.Beta, From: full(text[:2]), To: full(text[3:]), Back: text[2] == '<'}
			moves = append(moves, move, ChannelMove{Channel: module.Alpha, From: "v8.0.0", To: "v9.0.0"})
		}
		want := tc.want
		if want != "" {
			want = full(want)
		}
		if got := wayOf(moves, module.Beta, full(tc.present)).previous(); got != want {
			t.Errorf("%s: %q on %s: back to %q, want %q", tc.name, tc.history, tc.present, got, want)
		}
	}
}

// TestMoveTagsTellReturns: the mark of a return is in the entry, and entries
// without it are read as before.
func TestMoveTagsTellReturns(t *testing.T) {
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for _, back := range []bool{false, true} {
		move := ChannelMove{Channel: module.Beta, Time: at, From: "v1.1.0", To: "v1.0.0", Actor: "back-office", Back: back}
		move.tag = newMoveTag(move)
		if err := module.CheckTag(move.tag); err != nil {
			t.Error(err)
		}
		got, ok := parseMoveTag(move.tag)
		if diff := cmp.Diff(move, got, cmp.AllowUnexported(ChannelMove{})); !ok || diff != "" {
			t.Errorf("%s: %t\n%s", move.tag, ok, diff)
		}
	}
	if move, ok := parseMoveTag("modship_move_beta_20261122T090000.000Z_v1.1.0_v1.0.0_ci"); !ok || move.Back {
		t.Errorf("an old entry is read as %+v, %t", move, ok)
	}
}

func TestBackGoesFurtherBack(t *testing.T) {
	r := newRig(t)
	s := newPublisher(r)
	for _, tag := range []string{"v1.0.0", "v1.1.0", "v1.2.0"} {
		r.publish(s, "echo", tag)
		r.mustPromote(s, tag, module.Alpha)
	}
	back := BackRequest{Repository: r.Repository("echo"), Channel: module.Alpha}
	for _, want := range []string{"v1.1.0", "v1.0.0"} {
		if _, err := rollBack(t.Context(), newPublisher(r), back); err != nil {
			t.Fatal(err)
		}
		if on := r.on(s)[module.Alpha]; on != want {
			t.Errorf("alpha is on %s, want %s", on, want)
		}
	}
	if _, err := rollBack(t.Context(), newPublisher(r), back); !errors.Is(err, ErrNoHistory) {
		t.Errorf("back from the first version: %v", err)
	}
}

func TestBackFromCanBeRepeated(t *testing.T) {
	r := newRig(t)
	s := newPublisher(r)
	for _, tag := range []string{"v1.0.0", "v1.1.0", "v1.2.0"} {
		r.publish(s, "echo", tag)
		r.mustPromote(s, tag, module.Alpha)
	}
	back := BackRequest{Repository: r.Repository("echo"), Channel: module.Alpha, From: "v1.2.0"}
	for i, want := range []Action{Move, Keep, Keep} {
		plan, err := rollBack(t.Context(), newPublisher(r), back)
		if err != nil {
			t.Fatal(err)
		}
		if got := plan.Writes[0].Action; got != want || plan.Tag != "v1.1.0" {
			t.Errorf("call %d: %s to %s, want %s to v1.1.0", i, got, plan.Tag, want)
		}
	}
	if on := r.on(s)[module.Alpha]; on != "v1.1.0" {
		t.Errorf("alpha is on %s, want v1.1.0", on)
	}
	for from, want := range map[string]error{"v1.0.0": ErrOtherVersion, "v7.0.0": ErrOtherVersion, "main": ErrRequest} {
		back.From = from
		if _, err := rollBack(t.Context(), newPublisher(r), back); !errors.Is(err, want) {
			t.Errorf("from %s: %v, want %v", from, err, want)
		}
	}
}

// TestTimeline has first placements that an entry names, the publication's or one
// of their own, and one that was made by other means.
func TestTimeline(t *testing.T) {
	r := newRig(t)
	s := newPublisher(r)
	first := r.request("echo", "v1.0.0", r.Build("echo", "v1.0.0", ""))
	first.Channels = []module.Channel{module.Alpha}
	r.apply(s, first)
	release, err := s.client.ParseReference(first.Release)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := s.client.FetchManifest(t.Context(), release)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.client.PutManifest(t.Context(), mustParse(t, s, r.Repository("echo").Channel(module.LTS)), manifest); err != nil { // as crane does
		t.Fatal(err)
	}
	r.publish(s, "echo", "v1.1.0")
	r.mustPromote(s, "v1.1.0", module.Alpha, module.Beta)

	status, err := s.Status(t.Context(), r.Repository("echo"))
	if err != nil {
		t.Fatal(err)
	}
	history, err := s.History(t.Context(), r.Repository("echo"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, move := range history.Timeline(status) {
		got = append(got, fmt.Sprintf("%s %s>%s by %q, time known: %v", move.Channel, move.From, move.To, move.Actor, !move.Time.IsZero()))
	}
	want := []string{
		`lts >v1.0.0 by "", time known: false`,
		`alpha >v1.0.0 by "ci-runner", time known: true`,
		`alpha v1.0.0>v1.1.0 by "ci-runner", time known: true`,
		`beta >v1.1.0 by "ci-runner", time known: true`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("timeline (-want +got):\n%s", diff)
	}
}
