package werferr

import (
	"strings"
	"testing"
)

func TestShortenTakesWerfsWrappersOff(t *testing.T) {
	const werf = `failed to build image for stage setup with digest 62acc3: error building stage setup: error building stapel stage with buildah-backend: unable to run commands script: RunCommand failed: `
	for _, tc := range []struct{ in, want string }{
		{werf + `write /x: input/output error`, "write /x: input/output error"},
		{"one\n\n  two", "one two"},
		{"plain", "plain"},
	} {
		if got := shorten(tc.in); got != tc.want {
			t.Errorf("shorten(%q)\n got %q\nwant %q", tc.in, got, tc.want)
		}
	}
	if got := shorten(strings.Repeat("x", 10*maxMessage)); len(got) > maxMessage+10 {
		t.Errorf("a message of %d bytes", len(got))
	}
}
