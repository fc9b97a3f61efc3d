package render

import "testing"

func TestShortRef(t *testing.T) {
	for in, want := range map[string]string{
		"registry.deckhouse.io/base_images@sha256:1b7d59d0aabb": "base_images@1b7d59d0",
		"alpine@sha256:12":              "alpine@12",
		"docker.io/library/alpine:3.20": "docker.io/library/alpine:3.20",
		"":                              "",
	} {
		if got := shortRef(in); got != want {
			t.Errorf("shortRef(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestJoinUpTo(t *testing.T) {
	for _, tc := range []struct {
		parts []string
		n     int
		want  string
	}{
		{nil, 20, ""},
		{[]string{"one", "two"}, 20, "one · two"},
		{[]string{"one", "two", "three"}, 16, "one · two + 1"},
		{[]string{"a-very-long-first-part", "two"}, 20, "a-very-…st-part + 1"},
	} {
		if got := joinUpTo(tc.parts, tc.n); got != tc.want {
			t.Errorf("joinUpTo(%q, %d) = %q, want %q", tc.parts, tc.n, got, tc.want)
		}
	}
}
