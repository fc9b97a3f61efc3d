package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/modship/modship/internal/localregistry"
)

// TestMatchElsewhere compares checkouts with what CI built of the same commit:
// where they are and who reads them makes no difference; what does, is named.
func TestMatchElsewhere(t *testing.T) {
	t.Parallel()
	user := newUser(t)
	s := shapeNamed("inlined")
	r := newRegistry(t, localregistry.Options{})
	r.pushBase(t)
	dir := s.repo(t, r.Addr())
	newHome(t).modship(t, dir, "build", "--source", r.source(), "--tag", version)
	fetched := t.TempDir()
	if err := os.Link(filepath.Join(dir, "base_images.yml"), filepath.Join(fetched, "base_images.yml")); err != nil {
		t.Fatal(err)
	}
	clone := func(t *testing.T, flags ...string) string {
		t.Helper()
		to := filepath.Join(t.TempDir(), "another", "place")
		if got := newHome(t).run(t, "/", "git", slices.Concat([]string{"clone", "-q"}, flags, []string{"file://" + dir, to})...); got.code != 0 {
			t.Fatal(got.stderr)
		}
		// What is not committed, CI's jobs fetch.
		if err := os.CopyFS(to, os.DirFS(fetched)); err != nil {
			t.Fatal(err)
		}
		return to
	}
	match := []string{"match", "--against", r.source(), "--tag", version, "--format", "json"}
	for name, tc := range map[string]struct {
		run   func(t *testing.T) result
		kinds string // of differences of the checkout
		cause string // of an image that differs; empty if none does
	}{
		"another directory, home and umask": {run: func(t *testing.T) result {
			return newHome(t).run(t, clone(t), "sh", slices.Concat([]string{"-c", `umask 077 && exec modship "$@"`, "sh"}, match)...)
		}},
		"an ordinary user": {run: func(t *testing.T) result {
			return user.asUser(t, user.take(t, clone(t)), match...)
		}},
		"a shallow clone": {kinds: "history", run: func(t *testing.T) result {
			return newHome(t).run(t, clone(t, "--depth", "1"), "modship", match...)
		}},
		"a file that is not committed": {kinds: "uncommitted", cause: "images/driver/driver.sh", run: func(t *testing.T) result {
			dir := clone(t)
			if err := os.WriteFile(filepath.Join(dir, "images/driver/driver.sh"), []byte("#!/bin/sh\necho another\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			return newHome(t).run(t, dir, "modship", append(match, "--dev")...)
		}},
		"a variable": {kinds: "variable", cause: "environment", run: func(t *testing.T) result {
			return newHome(t).with("MODULE_EDITION=ce").run(t, clone(t), "modship", match...)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			got := tc.run(t)
			var found struct {
				Images []struct {
					Matches bool
					Causes  []struct{ Kind, What string }
				}
				Checkout []struct{ Kind string }
			}
			if err := json.Unmarshal([]byte(got.stdout), &found); err != nil {
				t.Fatalf("%v\n%s%s", err, got.stdout, got.stderr)
			}
			var kinds, causes []string
			for _, d := range found.Checkout {
				kinds = append(kinds, d.Kind)
			}
			for _, img := range found.Images {
				for _, c := range img.Causes {
					causes = append(causes, c.Kind+" "+c.What)
				}
			}
			if strings.Join(kinds, " ") != tc.kinds {
				t.Errorf("differences %q, want %q", kinds, tc.kinds)
			}
			if equal := got.code == 0 && len(causes) == 0; equal != (tc.cause == "") || !strings.Contains(strings.Join(causes, "; "), tc.cause) {
				t.Errorf("exit code %d, causes %q, want %q", got.code, causes, tc.cause)
			}
		})
	}
}
