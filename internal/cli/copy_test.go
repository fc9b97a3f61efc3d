package cli

import (
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/crane"

	"github.com/modship/modship/internal/exit"
)

// TestCopyChecksTheSourceFirst: a broken version does not get to a target.
func TestCopyChecksTheSourceFirst(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	c := serveCounted(t)
	c.version("v1.0.0", 1, nil)
	to := c.Addr() + "/prod/modules"
	for _, format := range []string{"text", "json"} {
		if text := c.modship(exit.Violated, "copy", "--tag", "v1.0.0", "--to", to, "--format", format); !strings.Contains(text, "12") {
			t.Errorf("%s: %q does not name rule 12", format, text)
		}
	}
	if _, err := crane.Digest(to + ":echo"); err == nil {
		t.Error("the target was written")
	}
	c.modship(exit.OK, "copy", "--tag", "v1.0.0", "--to", to, "--waive", "12")
}
