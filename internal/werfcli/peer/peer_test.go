package peer_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modship/modship/internal/werfcli/peer"
)

// script stands for werf: it tells where it runs and with what.
func script(t *testing.T, text string) *peer.Peer {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "werf")
	if err := os.WriteFile(binary, []byte("#!/bin/sh\n"+text), 0o755); err != nil {
		t.Fatal(err)
	}
	werf, err := peer.New(binary, filepath.Join(t.TempDir(), "dir"))
	if err != nil {
		t.Fatal(err)
	}
	return werf
}

func TestRun(t *testing.T) {
	t.Setenv("WERF_REPO", "the caller's")
	module := t.TempDir()
	werf := script(t, `echo "$PWD|$1|$WERF_ENV|$WERF_REPO|$WERF_HOME"`)
	got, err := werf.Run(t.Context(), module, []string{"render"}, peer.RunOptions{Env: []string{"WERF_ENV=EE"}})
	if err != nil {
		t.Fatal(err)
	}
	if want := module + "|render|EE||" + werf.Dir + "/werf\n"; got != want {
		t.Errorf("werf saw %q, want %q", got, want)
	}
}

func TestRunError(t *testing.T) {
	_, err := script(t, "echo out; echo why >&2; exit 3").Run(t.Context(), t.TempDir(), nil, peer.RunOptions{})
	if err == nil || !strings.Contains(err.Error(), "out") || !strings.Contains(err.Error(), "why") {
		t.Errorf("error %v, want both streams in it", err)
	}
}

func TestBuild(t *testing.T) {
	werf := script(t, `echo "{\"args\": \"$1 $2 $3 $4\"}" > "$6"`)
	report, err := werf.Build(t.Context(), t.TempDir(), "r/m", peer.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"args": "build --repo r/m --save-build-report"}` + "\n"; string(report) != want {
		t.Errorf("report %q, want %q", report, want)
	}
	left, err := filepath.Glob(filepath.Join(werf.Dir, "tmp", "*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left in the temporary folder: %v (%v)", left, err)
	}
}
