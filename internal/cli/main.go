// Package cli is the command line: one file a verb, each turning flags into
// options, options into a call, and the result into text or JSON.
package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/modship/modship/internal/build/start"
	"github.com/modship/modship/internal/exit"
)

// streams are where a command reads and writes. Out carries the result only.
type streams struct {
	Out io.Writer
	Err io.Writer
}

// gcPercent lets the heap grow to five times what is in use.
const gcPercent = 400

// Main runs the command line in os.Args and returns the exit code.
func Main() int {
	if os.Getenv("GOGC") == "" {
		// A short-lived program: a fifth of the time of `graph` was collection.
		debug.SetGCPercent(gcPercent)
	}
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM, start.Interrupt}
	if !signal.Ignored(syscall.SIGHUP) { // nohup lets it be ignored
		ends = append(ends, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), ends...)
	defer stop()
	return Run(ctx, os.Args[1:], os.Stdout, os.Stderr)
}

// Run runs the command line args and returns the exit code.
func Run(ctx context.Context, args []string, out, errOut io.Writer) int {
	io := &streams{Out: out, Err: errOut}
	root := newRootCommand(io)
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errOut)
	addCompletion(root)
	err := root.ExecuteContext(ctx)
	if err != nil && ctx.Err() != nil {
		err = exit.With(exit.Interrupted, errors.New("interrupted"), "")
	}
	var quiet *silentError
	if err != nil && !errors.As(err, &quiet) {
		printError(errOut, err)
	}
	return int(judge(err).code)
}

// silentError carries an exit code for what the result has already said.
type silentError struct{ code exit.Code }

func (e *silentError) Error() string { return "" }

// silent ends the program with code and without another word.
func silent(code exit.Code) error { return exit.With(code, &silentError{code}, "") }

func printError(w io.Writer, err error) {
	fmt.Fprintf(w, "error: %v\n", err)
	printFailure(w, err)
	if hint := judge(err).hint; hint != "" {
		fmt.Fprintf(w, "hint: %s\n", hint)
	}
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

func newRootCommand(io *streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "modship",
		Short: "Build and publish Deckhouse modules",
		Long: `modship builds a Deckhouse (DKP) module with werf, publishes its bundle,
release image and registration tag, moves its release channels, and proves that
clusters can read the result.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          knownCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return exit.With(exit.Usage, flagError(err), cmp.Or(insteadOfWerf(err), fmt.Sprintf("`%s --help` lists the flags.", cmd.CommandPath())))
	})
	root.AddCommand(
		newGraphCommand(io),
		newPlanCommand(io),
		newExplainCommand(io),
		newBuildCommand(io),
		newPublishCommand(io),
		newPromoteCommand(io),
		newCopyCommand(io),
		newPruneCommand(io),
		newStatusCommand(io),
		newVerifyCommand(io),
		newRegistryCommand(io),
		newEnvCommand(io),
		newVersionCommand(io),
	)
	addVersion(root)
	for _, cmd := range root.Commands() {
		usageErrors(cmd)
	}
	return root
}

// knownCommand is what the arguments of the program itself are checked with:
// any that is left is no command.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := "`modship --help` lists the commands."
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = "Did you mean " + strings.Join(near, " or ") + "?"
	}
	return exit.With(exit.Usage, fmt.Errorf("there is no command %q", args[0]), hint)
}

// usageErrors gives wrong arguments the exit code of wrong usage.
func usageErrors(cmd *cobra.Command) {
	check := cmd.Args
	if check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			return exit.With(exit.Usage, check(cmd, args), fmt.Sprintf("`%s --help` tells how to call it.", cmd.CommandPath()))
		}
	}
	for _, sub := range cmd.Commands() {
		usageErrors(sub)
	}
}
