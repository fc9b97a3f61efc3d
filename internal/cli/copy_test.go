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

// TestCopyWithoutAnExtraImage: a version whose extra image is missing is copied
// with rule 38 waived, and only then; the waiver is in the result.
func TestCopyWithoutAnExtraImage(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	c := serveCounted(t)
	digests := c.version("v1.0.0", 1, nil)
	c.push(c.Addr()+"/modules/echo:v1.0.0", map[string]string{
		"images_digests.json": `{"app0":"` + digests["app0"] + `"}`, "module.yaml": "name: echo\n", "extra_images.json": `{"scanner":"v9"}`,
	})
	to := c.Addr() + "/prod/modules"
	if _, stderr := c.both(exit.Violated, "copy", "--tag", "v1.0.0", "--to", to, "--waive", "12"); !strings.Contains(stderr, "echo/extra/scanner:v9") || !strings.Contains(stderr, "--waive 38") {
		t.Errorf("%q does not name the image and the way out", stderr)
	}
	if _, err := crane.Digest(to + ":echo"); err == nil {
		t.Error("the target was written")
	}
	if text := c.modship(exit.OK, "copy", "--tag", "v1.0.0", "--to", to, "--waive", "12", "--waive", "38"); !strings.Contains(text, "rule 38 (warning, waived)") {
		t.Errorf("%q does not name the waiver", text)
	}
	if _, err := crane.Digest(to + "/echo:v1.0.0"); err != nil {
		t.Errorf("the bundle was not copied: %v", err)
	}
}
