package cli

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/werfenv"
	"github.com/modship/modship/pkg/contract"
)

// Parsing is tested apart from running: these end before anything is read.
func TestWrongUsage(t *testing.T) {
	for _, tc := range []struct {
		args []string
		want string // in what is printed to standard error
	}{
		{[]string{"build", "--no-such-flag"}, "--no-such-flag"},
		{[]string{"publish", "extra"}, "extra"},
		{[]string{"build", "--format", "xml"}, `"xml"`},
		{[]string{"graph", "--format", "pdf"}, `"pdf"`},
		{[]string{"build", "--workers", "-1"}, "--workers"},
		{[]string{"verify", "--name", "echo", "--source", "127.0.0.1:1/m"}, "--tag"},
		{[]string{"promote", "--name", "echo", "--source", "127.0.0.1:1/m", "--channel", "alpha"}, "--tag"},
		{[]string{"promote", "--name", "echo", "--source", "127.0.0.1:1/m", "--tag", "v1.0.0"}, "--channel"},
		{[]string{"promote", "--name", "echo", "--source", "127.0.0.1:1/m", "--tag", "v1.0.0", "--channel", "gamma"}, "gamma"},
		{[]string{"nonsense"}, "nonsense"},
		{[]string{"build", "--repo", "r.example.com/m/echo"}, "--source and --name"},
		{[]string{"publish", "--tmp-dir", "/tmp"}, "WERF_TMP_DIR"},
		{[]string{"plan", "--follow"}, "again"},
		{[]string{"publish", "--log-verbose"}, "WERF_LOG_DEBUG"},
		{[]string{"publish", "--kube-config", "x"}, "never talks to a cluster"},
		{[]string{"build", "--workers", "x"}, "--workers=x: expected a number\n"},
		{[]string{"verify", "--waive", "1,x"}, "--waive=1,x: expected numbers\n"},
		{[]string{"plan", "--exit-code=x"}, "--exit-code=x: expected true or false\n"},
		{[]string{"prune", "--older-than", "-1h"}, "--older-than=-1h: expected an age such as 14d or 36h\n"},
		{[]string{"prune", "--name", "echo", "--source", "127.0.0.1:1/mo", "--older-than", "0s"}, "neither a pattern nor an age nor stages"},
		{[]string{"completion"}, "bash"},
		{[]string{"completion", "tcsh"}, `"tcsh"`},
		{[]string{"completion", "bash", "extra"}, "extra"},
		{[]string{"registry"}, "serve"},
		{[]string{"registry", "nonsense"}, `"nonsense"`},
		{[]string{"registry", "serve", "--addr", "bogus"}, "bogus"},
		{[]string{"registry", "serve", "--addr", "0.0.0.0:5557"}, "loopback"},
		{[]string{"registry", "serve", "--addr", "127.0.0.1:99999"}, "99999"},
		{[]string{"promote", "--name", "echo", "--source", "127.0.0.1:1/m", "--tag", "v1.0.0", "--channel", "alpha", "--from", "v1.0.0"}, "--back"},
		{[]string{"status", "--name", "echo", "--source", "user:s3cret@127.0.0.1:1/m"}, "hint: Log in with docker login"},
	} {
		t.Run(strings.Join(tc.args, " "), func(t *testing.T) {
			t.Chdir(t.TempDir())
			for _, name := range []string{"MODULES_MODULE_TAG", "RELEASE_CHANNEL", "MODULES_MODULE_SOURCE", "MODULES_MODULE_NAME"} {
				t.Setenv(name, "")
			}
			var out, errOut bytes.Buffer
			code := Run(t.Context(), tc.args, &out, &errOut)
			if exit.Code(code) != exit.Usage {
				t.Errorf("exit code %d, want %d", code, exit.Usage)
			}
			if !strings.Contains(errOut.String(), tc.want) || !strings.HasPrefix(errOut.String(), "error: ") {
				t.Errorf("standard error %q does not mention %q", errOut.String(), tc.want)
			}
			if strings.Contains(errOut.String(), "s3cret") {
				t.Errorf("standard error holds the password: %q", errOut.String())
			}
			if out.Len() > 0 {
				t.Errorf("standard output %q", out.String())
			}
		})
	}
}

// TestResultsWithoutARepository prints what needs nothing but the program.
func TestResultsWithoutARepository(t *testing.T) {
	for want, args := range map[string][]string{
		"modship dev (werf ": {"--version"},
		"# bash completion":  {"completion", "bash"},
	} {
		var out, errOut bytes.Buffer
		if code := Run(t.Context(), args, &out, &errOut); code != 0 || !strings.HasPrefix(out.String(), want) || errOut.Len() > 0 {
			t.Errorf("%v: exit code %d, %.40q, standard error %q", args, code, out.String(), errOut.String())
		}
	}
}

// TestWerfFlags: each flag of `werf build` is there or its replacement is told.
func TestWerfFlags(t *testing.T) {
	flags, err := werfenv.NewFlags()
	if err != nil {
		t.Fatal(err)
	}
	root := newRootCommand(&streams{Out: io.Discard, Err: io.Discard})
	build, _, err := root.Find([]string{"build"})
	if err != nil {
		t.Fatal(err)
	}
	for name := range werfFlags {
		if flags.FlagSet().Lookup(name) == nil {
			t.Errorf("werf has no flag --%s", name)
		}
	}
	flags.FlagSet().VisitAll(func(f *pflag.Flag) {
		if there := build.Flags().Lookup(f.Name) != nil; there == (werfReplaced[f.Name] != "") {
			t.Errorf("--%s: accepted %t, replaced by %q", f.Name, there, werfReplaced[f.Name])
		}
	})
	for _, name := range []string{"save-build-report", "build-report-path", "parallel-tasks-limit", "final-images-only"} {
		if build.Flags().Lookup(name) == nil {
			t.Errorf("--%s is not accepted", name)
		}
	}
	preface, err := os.ReadFile(filepath.Join("..", "..", "docs", "cli.md"))
	if err != nil {
		t.Fatal(err)
	}
	for name := range werfReplaced {
		if !strings.Contains(string(preface), "`--"+name) {
			t.Errorf("docs/cli.md does not say what is there instead of --%s", name)
		}
	}
}

func TestErrorsHaveTheirHint(t *testing.T) {
	var out bytes.Buffer
	printError(&out, exit.With(exit.Refused, errors.New("no"), "Log in."))
	if got, want := out.String(), "error: no\nhint: Log in.\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRulesAreListed(t *testing.T) {
	var out, errOut bytes.Buffer
	if code := Run(t.Context(), []string{"verify", "--list"}, &out, &errOut); code != 0 {
		t.Fatalf("exit code %d: %s", code, errOut.String())
	}
	if n := strings.Count(out.String(), "protects:"); n != len(contract.Rules()) {
		t.Errorf("%d rules", n)
	}
}
