package werfenv

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLinkOnPath: links that werf's copy follows on this machine, or from the
// working directory, are found; those that the kernel follows inside of the image
// are not.
func TestLinkOnPath(t *testing.T) {
	root := t.TempDir()
	for _, dir := range []string{"usr/bin", "run/app", "srv"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{
		"bin": "usr/bin", "var-run": "/run", "deep": "bin", "up": "../../../srv", "loop": "loop",
		"nowhere": "missing", "nowhere-absolute": "/missing", "file-link": "srv/file", "passwd": "/srv/file",
	} {
		if err := os.Symlink(target, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "srv/file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	type answer struct {
		Link *Link
		Last bool
	}
	for path, want := range map[string]answer{
		"/srv":                {},
		"/new/dir":            {},
		"/":                   {},
		"bin":                 {&Link{Path: "/bin", Target: "usr/bin", Resolved: "/usr/bin"}, true},
		"/bin/":               {&Link{Path: "/bin", Target: "usr/bin", Resolved: "/usr/bin"}, true},
		"/bin/tool":           {}, // the kernel follows it
		"/deep":               {&Link{Path: "/deep", Target: "bin", Resolved: "/bin"}, true},
		"/deep/sub/x":         {},
		"/var-run":            {&Link{Path: "/var-run", Target: "/run", Resolved: "/run"}, true},
		"/var-run/app/x":      {&Link{Path: "/var-run", Target: "/run", Resolved: "/run/app/x"}, false},
		"/up/x":               {},
		"/loop/x":             {},
		"/nowhere":            {}, // replaced by the import
		"/nowhere/x":          {},
		"/nowhere-absolute":   {},
		"/nowhere-absolute/x": {&Link{Path: "/nowhere-absolute", Target: "/missing", Resolved: "/missing/x"}, false},
		"/file-link":          {},
		"/passwd":             {},
	} {
		link, last, err := linkOnPath(root, path)
		if diff := cmp.Diff(want, answer{link, last}); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", path, err, diff)
		}
	}
}
