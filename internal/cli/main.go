// Package cli is the command line of modship: one file per command. Each turns
// flags into options, options into a call, and the result into text or JSON. It
// is the only package that knows commands, flags, exit codes and hints.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/modship/modship/internal/build/isolate"
	"github.com/modship/modship/internal/chart"
	"github.com/modship/modship/internal/ci"
	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/settings"
	"github.com/modship/modship/internal/werfenv"
)

// streams are the outputs of a command. Out carries the result and nothing else.
type streams struct {
	Out io.Writer
	Err io.Writer
	// Charts renders charts; those that it starts as workers are this program.
	Charts chart.Engine
	CI     *ci.Reporter // is told about the outcome; nil tells nobody

	outcome ci.Report
}

// gcPercent lets the heap grow to two and a half times what is in use. On a
// large module that saves an eighth of the CPU time of Go's own 100 and takes
// an eighth more memory; 400 takes twice as much for little more.
const gcPercent = 150

// buildGCPercent is that of a build, which allocates for short whiles: 150 takes a
// quarter more memory there, and saves a twentieth of the time.
const buildGCPercent = 75

func setGCPercent(percent int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}

// Main runs the command line in os.Args and returns the exit code.
func Main() int {
	setGCPercent(gcPercent)
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM, isolate.Interrupt}
	if !signal.Ignored(syscall.SIGHUP) { // nohup ignores it
		ends = append(ends, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), ends...)
	defer stop()
	if err := werfenv.SetDefaults(ci.WerfVariables(os.Getenv)); err != nil {
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		return int(exit.Failed)
	}
	return run(ctx, os.Args[1:], &streams{Out: os.Stdout, Err: os.Stderr, CI: ci.NewReporter(os.Getenv, os.Stderr), Charts: chartEngine()})
}

// chartEngine renders charts in workers, which are this program, and remembers
// what they rendered to.
func chartEngine() chart.Engine {
	cache := ""
	if settings.CheckHome() == nil {
		cache = settings.UserDirs().Renderings()
	}
	program, err := os.Executable()
	if err != nil {
		return chart.Engine{Cache: cache} // in this process
	}
	return chart.Engine{Program: program, Cache: cache}
}

// Run runs the command line args and returns the exit code. It tells no CI
// system about the outcome.
func Run(ctx context.Context, args []string, out, errOut io.Writer) int {
	return run(ctx, args, &streams{Out: out, Err: errOut})
}

func run(ctx context.Context, args []string, io *streams) int {
	root := newRootCommand(io)
	root.SetArgs(args)
	root.SetOut(io.Out)
	root.SetErr(io.Err)
	addCompletion(root)
	command, err := "", checkCommand(root, args)
	if err == nil {
		var called *cobra.Command
		called, err = root.ExecuteContextC(ctx)
		command = called.Name()
	}
	if err != nil && ctx.Err() != nil {
		err = exit.With(exit.Interrupted, errors.New("interrupted"), "")
	}
	err = io.tellCI(command, err)
	var quiet *silentError
	if err != nil && !errors.As(err, &quiet) {
		printError(io.Err, err)
	}
	return int(judge(err).code)
}

// silentError ends the program with an exit code and prints nothing: the result has
// said it already.
type silentError struct{ code exit.Code }

func (e *silentError) Error() string { return "" }

// silent returns an error that ends the program with code and prints nothing.
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
		Long: `modship builds a module of the Deckhouse Kubernetes Platform (DKP) with werf,
publishes it to an OCI registry in a safe order, moves its release channels, and
verifies that clusters can read the result.`,
		Example: `  modship graph                                   # show what the module is made of
  modship plan                                    # what would be built and written?
  modship publish --tag v1.2.3                    # build, publish and verify
  modship promote --tag v1.2.3 --channel alpha    # release it`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs, // checkCommand refuses them
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetUsageFunc(printUsage)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return exit.With(exit.Usage, flagError(err), hintForFlag(cmd, err))
	})
	root.AddGroup(commandGroups()...)
	addGroup(root, groupModule,
		newGraphCommand(io),
		newPlanCommand(io),
		newMatrixCommand(io),
		newExplainCommand(io),
		newMatchCommand(io),
		newBuildCommand(io),
		newRenderCommand(io),
		newLintCommand(io),
	)
	addGroup(root, groupPublish,
		newPublishCommand(io),
		newPromoteCommand(io),
		newCopyCommand(io),
		newOverrideCommand(io),
		newStatusCommand(io),
		newVerifyCommand(io),
	)
	addGroup(root, groupRegistry,
		newLoginCommand(io),
		newPruneCommand(io),
		newCleanCommand(io),
		newRegistryCommand(io),
	)
	addGroup(root, groupOther,
		newInitCommand(io),
		newEnvCommand(io),
		newVersionCommand(io),
	)
	root.SetHelpCommand(newHelpCommand(io))
	root.SetHelpCommandGroupID(groupOther)
	root.SetCompletionCommandGroupID(groupOther)
	root.InitDefaultHelpCmd()
	addVersion(root)
	addHelp(root)
	for _, cmd := range root.Commands() {
		usageErrors(cmd)
	}
	return root
}

// usageErrors gives errors about arguments the exit code of wrong usage.
func usageErrors(cmd *cobra.Command) {
	check := cmd.Args
	if check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			return exit.With(exit.Usage, check(cmd, args), fmt.Sprintf("`%s --help` shows how to call it.", cmd.CommandPath()))
		}
	}
	for _, sub := range cmd.Commands() {
		usageErrors(sub)
	}
}
