package cli

import (
	"bytes"
	"regexp"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/modship/modship/internal/exit"
)

// visible calls look for root and all visible commands below it.
func visible(cmd *cobra.Command, look func(*cobra.Command)) {
	look(cmd)
	for _, sub := range cmd.Commands() {
		if !sub.Hidden {
			visible(sub, look)
		}
	}
}

// TestCommandsAreDescribed: a new command needs a group, an example that calls it,
// and a line about each of its flags.
func TestCommandsAreDescribed(t *testing.T) {
	root := CommandTree()
	visible(root, func(cmd *cobra.Command) {
		if cmd.Parent() == root && !root.ContainsGroup(cmd.GroupID) {
			t.Errorf("%s is in no group: add it with addGroup", cmd.CommandPath())
		}
		if !cmd.HasSubCommands() && !strings.Contains(cmd.Example, "  "+cmd.CommandPath()) {
			t.Errorf("%s has no example", cmd.CommandPath())
		}
		own, werfs := splitFlags(cmd.LocalFlags())
		for line := range strings.SplitSeq(own.FlagUsages()+werfs.FlagUsages(), "\n") {
			if line != "" && !strings.HasPrefix(strings.TrimSpace(line), "-") {
				t.Errorf("%s: a flag has more than one line: %q", cmd.CommandPath(), line)
			}
		}
	})
}

// TestHelpSections: own flags come before those of werf.
func TestHelpSections(t *testing.T) {
	var out, errOut bytes.Buffer
	if code := Run(t.Context(), []string{"publish", "--help"}, &out, &errOut); code != 0 || errOut.Len() > 0 {
		t.Fatalf("exit code %d, standard error %q", code, errOut.String())
	}
	order := regexp.MustCompile(`(?s)^Builds the images .*\nUsage:\n  modship publish \[flags\]\n\nExamples:\n.*` +
		`\nFlags:\n.*--waive NUMBER .*\nFlags of werf:\n.*--env ENVIRONMENT .*\nAll other flags of .werf build.`)
	if !order.MatchString(out.String()) {
		t.Errorf("sections are missing or in another order:\n%s", out.String())
	}
	if strings.Contains(out.String(), "synchronization.werf.io") {
		t.Error("the long texts of werf's flags are printed")
	}
}

func TestHelpListsCommandsByGroup(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"help"}, {}} {
		var out, errOut bytes.Buffer
		if code := Run(t.Context(), args, &out, &errOut); code != 0 || errOut.Len() > 0 {
			t.Fatalf("%v: exit code %d, standard error %q", args, code, errOut.String())
		}
		order := regexp.MustCompile(`(?s)\nWork on a module:\n.*  build .*\nPublish:\n.*  verify .*\nRegistry:\n.*  registry .*\nOther:\n.*  help .*\nFlags:\n`)
		if !order.MatchString(out.String()) {
			t.Errorf("%v: groups are missing or in another order:\n%s", args, out.String())
		}
	}
}

func TestTypingErrors(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"publsh"}, "hint: Did you mean publish?"},
		{[]string{"stauts"}, "hint: Did you mean status?"},
		{[]string{"publ"}, "hint: Did you mean publish?"},
		{[]string{"p"}, "hint: Did you mean plan or promote or prune or publish?"},
		{[]string{"unknown", "--help"}, `error: modship has no command "unknown"`},
		{[]string{"--help", "unknown"}, `error: modship has no command "unknown"`},
		{[]string{"help", "stauts"}, "hint: Did you mean status?"},
		{[]string{"registry", "sreve", "--help"}, "hint: Did you mean serve?"},
		{[]string{"completely-different"}, "hint: `modship --help` lists the commands."},
		{[]string{"publish", "--chanel", "alpha"}, "hint: Did you mean --channel?"},
		{[]string{"publish", "--dru-run"}, "hint: `modship publish --help` lists the flags."},
		{[]string{"publish", "-x"}, "hint: `modship publish --help` lists the flags."},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			var out, errOut bytes.Buffer
			if code := Run(t.Context(), c.args, &out, &errOut); code != int(exit.Usage) || out.Len() > 0 {
				t.Errorf("exit code %d, standard output %q", code, out.String())
			}
			if !strings.Contains(errOut.String(), c.want+"\n") {
				t.Errorf("standard error %q lacks %q", errOut.String(), c.want)
			}
		})
	}
}

func TestProgramVersion(t *testing.T) {
	info := func(version, revision string) *debug.BuildInfo {
		i := &debug.BuildInfo{Main: debug.Module{Version: version}}
		if revision != "" {
			i.Settings = []debug.BuildSetting{{Key: "vcs.revision", Value: revision}}
		}
		return i
	}
	const commit = "0123456789abcdef0123456789abcdef01234567"
	for name, c := range map[string]struct {
		linked string
		info   *debug.BuildInfo
		want   string
	}{
		"linker":     {"v1.2.3", info("v1.0.0", commit), "v1.2.3"},
		"go install": {"", info("v1.2.3", ""), "v1.2.3"},
		"checkout":   {"", info("(devel)", commit), "dev-0123456789ab"},
		"nothing":    {"", info("", ""), "dev"},
	} {
		if got := programVersion(c.linked, c.info); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
