// Package command is werf's own command line as a function, so that the e2e
// tests can link it into their binary.
package command

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/werf/common-go/pkg/graceful"
	"github.com/werf/werf/v2/cmd/werf/common"
	"github.com/werf/werf/v2/cmd/werf/root"
	"github.com/werf/werf/v2/pkg/logging"

	"github.com/modship/modship/internal/build/isolate"
)

// Main runs werf with os.Args and returns its exit code. A process that
// Buildah started as a helper does its work here too.
func Main() int {
	if storage := os.Getenv("WERFCLI_STORAGE"); storage != "" {
		if err := isolate.Enter(isolate.Options{StorageDir: storage}); err != nil {
			return fail(err)
		}
	}
	isHelper, err := common.ContainerBackendProcessStartupHook()
	if err != nil {
		return fail(err)
	}
	if isHelper {
		return 0
	}
	ctx := logging.WithLogger(graceful.WithTermination(context.Background()))
	command, err := root.ConstructRootCmd(ctx)
	if err != nil {
		return fail(err)
	}
	cobra.EnableErrorOnUnknownSubcommand = true
	code := 0
	if err := command.ExecuteContext(ctx); err != nil {
		code = fail(err)
	}
	// A signal or an error that werf reported to its own shutdown decides.
	graceful.Shutdown(ctx, func(_ context.Context, end graceful.TerminationDescriptor) {
		if end.Signal() != nil || end.Err() != nil {
			code = end.ExitCode()
		}
	})
	return code
}

func fail(err error) int {
	fmt.Fprintf(os.Stderr, "Error: %v\n", err)
	return 1
}
