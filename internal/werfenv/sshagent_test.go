package werfenv

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSocketDir: the directory for a socket does not depend on how long the
// paths of the user's directories are.
func TestSocketDir(t *testing.T) {
	short := t.TempDir()
	long := filepath.Join(short, strings.Repeat("x", maxSocketPath))
	if err := os.Mkdir(long, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ runtime, tmp, want string }{
		"no runtime directory":    {"", "/tmp", "/tmp"},
		"both long":               {long, long, "/tmp"},
		"a relative one":          {".", long, "/tmp"},
		"one that does not exist": {"/nonexistent", long, "/tmp"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("XDG_RUNTIME_DIR", tc.runtime)
			t.Setenv("TMPDIR", tc.tmp)
			dir, err := makeSocketDir()
			if err != nil {
				t.Fatal(err)
			}
			defer os.Remove(dir)
			if filepath.Dir(dir) != tc.want || !fitsSocket(dir) {
				t.Errorf("%s, want a short one in %s", dir, tc.want)
			}
			if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
				t.Errorf("%v, %v: want a directory of the user's own", info.Mode(), err)
			}
		})
	}
	if left, _ := filepath.Glob(filepath.Join(long, "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestImageUmask: files of images do not depend on the user's umask, files that
// are made afterwards do.
func TestImageUmask(t *testing.T) {
	mode := func() os.FileMode {
		t.Helper()
		file := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(file, nil, 0o666); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode().Perm()
	}
	before := mode()
	outer := imageUmask()
	defer outer()
	if got := mode(); got != 0o644 {
		t.Errorf("%o, want 644", got)
	}
	outer()
	if got := mode(); got != before {
		t.Errorf("%o afterwards, want %o", got, before)
	}
}
