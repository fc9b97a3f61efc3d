package docgen

import (
	_ "embed"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/modship/modship/internal/cli"
)

var update = flag.Bool("update", false, "write docs/cli.md")

//go:embed preface.md
var preface string

const cliDoc = "../../docs/cli.md"

// TestCLI fails when docs/cli.md is not what the commands say.
func TestCLI(t *testing.T) {
	// werf's flags take their defaults from the environment.
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "WERF_") || strings.HasPrefix(name, "MODSHIP_") {
			t.Setenv(name, "")
			_ = os.Unsetenv(name)
		}
	}
	t.Setenv("HOME", "/home/user")
	got := CLI(cli.CommandTree(), Options{Preface: preface, IsWerf: cli.IsWerfFlag})
	if *update {
		if err := os.WriteFile(cliDoc, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(cliDoc)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("docs/cli.md is stale: run `task docs` (-file +commands):\n%s", diff)
	}
}

// TestReadme fails when the README's table lacks a command.
func TestReadme(t *testing.T) {
	text := read(t, "../../README.md")
	for _, cmd := range runnable(cli.CommandTree()) {
		if !strings.Contains(text, "`"+cmd.CommandPath()+"`") {
			t.Errorf("README.md does not name `%s`", cmd.CommandPath())
		}
	}
}

func TestSection(t *testing.T) {
	root := &cobra.Command{Use: "prog"}
	run := func(*cobra.Command, []string) {}
	sub := &cobra.Command{Use: "go [WHERE]", Short: "Go to <x> | stay", Example: "  prog go\n  prog go home", Run: run}
	sub.Flags().IntP("steps", "s", 3, "`NUMBER` of\nsteps")
	sub.Flags().Bool("fast", false, "do it fast")
	sub.Flags().String("repo", "", "where (default $WERF_REPO)")
	sub.Flags().String("secret", "", "not shown")
	if err := sub.Flags().MarkHidden("secret"); err != nil {
		t.Fatal(err)
	}
	root.AddCommand(sub, &cobra.Command{Use: "group", Short: "runs nothing"}, &cobra.Command{Use: "inner", Hidden: true, Run: run})
	want := "# T\n\n## Commands\n\n| command | does |\n|---|---|\n| [`prog go`](#prog-go) | Go to \\<x> \\| stay |\n" +
		"\n## prog go\n\nGo to \\<x> | stay.\n\n```\nprog go [WHERE] [flags]\n```\n\n```sh\nprog go\nprog go home\n```\n" +
		"\n| flag | default | meaning |\n|---|---|---|\n| `--fast` |  | do it fast |\n| `-s, --steps NUMBER` | `3` | NUMBER of steps |\n" +
		"\nOf [werf's flags](#werfs-flags): `--repo`.\n" +
		"\n## werf's flags\n\n| flag | default | meaning |\n|---|---|---|\n| `--repo string` |  | where (default $WERF_REPO) |\n"
	if diff := cmp.Diff(want, CLI(root, Options{Preface: "# T", IsWerf: func(name string) bool { return name == "repo" }})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
