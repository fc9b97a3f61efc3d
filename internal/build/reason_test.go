package build

import "testing"

// TestReasonsKeepTheFirstStage: later stages are rebuilt because of it.
func TestReasonsKeepTheFirstStage(t *testing.T) {
	var r reasons
	r.add("app", "setup", false)
	r.add("app", "imageSpec", false)
	r.add("new", "from", true)
	for image, want := range map[string]string{
		"app":   "at stage setup: the setup instructions, or files that stageDependencies.setup watches, changed",
		"new":   "at stage from: not in the repository: it was never built there, or the base image, the parent image or the cache version changed",
		"other": "",
	} {
		if got := r.of(image); got != want {
			t.Errorf("%s: %q, want %q", image, got, want)
		}
	}
}
