package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/modship/modship/internal/baseimage"
	"github.com/modship/modship/internal/build/isolate"
	"github.com/modship/modship/internal/chart"
	"github.com/modship/modship/internal/cli"
	"github.com/modship/modship/internal/localregistry"
	"github.com/modship/modship/internal/werfcli/command"
	"github.com/modship/modship/internal/werfenv"
)

// TestMain begins as cmd/modship does, because Buildah starts this binary as
// its helper, and is modship or werf when it is called by that name.
func TestMain(m *testing.M) {
	if chart.IsWorker() {
		os.Exit(chart.Work(os.Stdin, os.Stdout))
	}
	isolate.Stage()
	if helper, err := werfenv.RunHelper(); helper || err != nil {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	testscript.Main(m, map[string]func(){
		"modship": func() { os.Exit(cli.Main()) },
		"werf":    func() { os.Exit(command.Main()) },
		// For tests that run where this process does not reach.
		"push-base": func() { os.Exit(pushBase(os.Args[1])) },
	})
}

// What push-base is told by the environment: the toolbox's sources and where
// it is compiled to, which the test has found out.
const (
	envToolbox      = "E2E_TOOLBOX"
	envToolboxCache = "E2E_TOOLBOX_CACHE"
)

// pushBase puts the base image into the registry at addr once it answers.
func pushBase(addr string) int {
	for start := time.Now(); !localregistry.Probe(context.Background(), addr); time.Sleep(20 * time.Millisecond) {
		if time.Since(start) > time.Minute {
			fmt.Fprintln(os.Stderr, "nobody answers at", addr)
			return 1
		}
	}
	opts := baseimage.PushOptions{
		SourceDir:      os.Getenv(envToolbox),
		CompileOptions: baseimage.CompileOptions{CacheDir: os.Getenv(envToolboxCache)},
	}
	if _, err := baseimage.Push(context.Background(), addr, opts); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// need skips the test when the machine lacks something, and fails it on CI,
// where everything has to be there.
func need(t testing.TB, there bool, what string) {
	t.Helper()
	switch {
	case there:
	case os.Getenv("CI") == "true":
		t.Fatalf("this machine has no %s, and CI=true asks for it", what)
	default:
		t.Skipf("this machine has no %s", what)
	}
}

// needBuilds is for tests that build images: they take seconds and need root.
func needBuilds(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("builds images: not with -short")
	}
	need(t, os.Geteuid() == 0, "right to build images (root)")
}

func needProgram(t testing.TB, name string) {
	t.Helper()
	_, err := exec.LookPath(name)
	need(t, err == nil, "program "+name)
}
