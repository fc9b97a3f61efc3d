package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/settings"
	"github.com/modship/modship/pkg/contract"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/publish"
)

// TestVerifyTagAndChannel: both together ask about a move, wherever they come
// from, and about the channel itself where there is nothing to move any more.
func TestVerifyTagAndChannel(t *testing.T) {
	clearSettings(t)
	c := serveCounted(t)
	c.version("v1.0.0", 1, nil, "alpha")
	c.version("v1.1.0", 1, nil)
	c.version("v1.2.0", 1, map[int]bool{0: true})
	for _, tc := range []struct {
		name string
		tag  string // in the environment
		args []string
		code exit.Code
		want string
	}{
		{"a move by flags", "", []string{"--tag", "v1.1.0", "--channel", "beta"}, exit.Violated, "rule 20"},
		{"a move by the environment", "v1.1.0", []string{"--channel", "beta"}, exit.Violated, "rule 20"},
		{"a move that is possible", "v1.1.0", []string{"--channel", "alpha", "--waive", "12"}, exit.OK, "v1.1.0 on alpha: "},
		{"a move to a version without its image", "v1.2.0", []string{"--channel", "alpha", "--waive", "12"}, exit.Violated, "rule 29"},
		{"the channel is there", "v1.0.0", []string{"--channel", "alpha"}, exit.Violated, "rule 12"},
		{"no tag", "", []string{"--channel", "alpha"}, exit.Violated, "rule 12"},
		{"all", "v1.0.0", []string{"--all"}, exit.Violated, "rule 45"},
		{"all of one tag", "", []string{"--all", "--tag", "v1.0.0"}, exit.Usage, ""},
		{"all of one channel", "", []string{"--all", "--channel", "alpha"}, exit.Usage, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Setenv(settings.EnvTag, tc.tag)
			c.t = t
			if text := c.modship(tc.code, "verify", tc.args...); !strings.Contains(text, tc.want) {
				t.Errorf("%v: %q does not have %q", tc.args, text, tc.want)
			}
		})
	}
}

// TestMovesOf: both ends of a move were on the channel, unless there was no
// version or an unreadable one, and so was what was published onto an empty
// channel.
func TestMovesOf(t *testing.T) {
	got := movesOf(&publish.History{
		Moves: []publish.ChannelMove{
			{Channel: module.Alpha, From: "v1.0.0", To: "v1.1.0"},
			{Channel: module.Beta, From: "none", To: "v1.1.0"},
			{Channel: module.Stable, From: "unknown", To: "v1.1.0"},
		},
		Publications: []publish.Publication{
			{Version: "v1.0.0", Channels: []module.Channel{module.Alpha}},
			{Version: "v1.1.0"},
		},
	})
	want := []contract.Move{
		{Channel: module.Alpha, Version: "v1.0.0"},
		{Channel: module.Alpha, Version: "v1.1.0"},
		{Channel: module.Beta, Version: "v1.1.0"},
		{Channel: module.Stable, Version: "v1.1.0"},
		{Channel: module.Alpha, Version: "v1.0.0"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("moves (-want +got):\n%s", diff)
	}
}
