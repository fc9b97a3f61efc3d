package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modship/modship/internal/exit"
)

// TestPromoteSaysWhatWasAllowed: what a flag has allowed is in the text too.
func TestPromoteSaysWhatWasAllowed(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	c := serveCounted(t)
	c.version("v1.0.0", 1, nil)
	c.version("v1.1.0", 1, nil, "alpha")
	for _, tc := range []struct {
		args []string
		want string
	}{
		{[]string{"--tag", "v1.0.0", "--channel", "beta", "--skip-ladder"}, "the ladder was skipped: alpha was not asked"},
		{[]string{"--tag", "v1.0.0", "--channel", "alpha", "--allow-downgrade"}, "clusters that are already on v1.1.0 will not go back"},
		{[]string{"--tag", "v1.1.0", "--channel", "alpha"}, ""},
		{[]string{"--back", "--from", "v1.1.0", "--channel", "alpha"}, "clusters that are already on v1.1.0 will not go back"},
		{[]string{"--back", "--from", "v1.1.0", "--channel", "alpha"}, "is back on v1.0.0 from v1.1.0 already"},
	} {
		text := strings.TrimSpace(c.modship(exit.OK, "promote", tc.args...))
		if tc.want != "" && !strings.HasSuffix(text, tc.want) {
			t.Errorf("%v: %q does not end with %q", tc.args, text, tc.want)
		}
		if tc.want == "" && strings.Count(text, ": ") > 0 {
			t.Errorf("%v: %q has a reason", tc.args, text)
		}
	}
}

// TestPromoteSaysWhatStands when a write in between fails.
func TestPromoteSaysWhatStands(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	for _, format := range []string{"text", "json"} {
		c := serveCounted(t)
		c.version("v1.0.0", 1, nil)
		c.refused = "/manifests/beta"
		text := c.modship(exit.Refused, "promote", "--tag", "v1.0.0", "--channel", "alpha", "--channel", "beta", "--format", format)
		if format == "text" && (!strings.Contains(text, "release:alpha") || strings.Contains(text, "release:beta")) {
			t.Errorf("text:\n%s", text)
		}
		if format == "json" && strings.Count(text, `"done": true`) != 1 {
			t.Errorf("json:\n%s", text)
		}
	}
}

// TestPromoteOnTheLadderOfTheModule: the channel below is the next one in
// modship.yaml, for promote and for verify.
func TestPromoteOnTheLadderOfTheModule(t *testing.T) {
	clearSettings(t)
	c := serveCounted(t)
	c.version("v1.0.0", 1, nil, "alpha")
	dir := t.TempDir()
	for name, text := range map[string]string{"werf.yaml": "project: echo\nconfigVersion: 1\n", "modship.yaml": "channels: [alpha, stable]\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	move := []string{"--tag", "v1.0.0", "--channel", "stable"}
	c.modship(exit.Violated, "verify", append(move, "--waive", "12")...)
	c.modship(exit.Violated, "promote", move...)
	c.modship(exit.OK, "verify", append(move, "--waive", "12", "--dir", dir)...)
	c.modship(exit.OK, "promote", append(move, "--dir", dir)...)
}
