// Command werfcli is werf's own command line, compiled in this module with the
// versions and build tags of modship: the peer of the parity tests and of the
// benchmarks. Its only difference from werf is that it can run shell
// instructions without cgo and that WERFCLI_STORAGE names a folder in which it
// keeps its images instead of the machine's container storage.
//
// Telemetry is not started.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/werf/common-go/pkg/graceful"
	"github.com/werf/werf/v2/cmd/werf/common"
	"github.com/werf/werf/v2/cmd/werf/root"
	"github.com/werf/werf/v2/pkg/logging"

	"github.com/modship/modship/pkg/build/start"
)

func main() {
	start.Stage()
	if code := run(); code != 0 {
		os.Exit(code)
	}
}

func run() int {
	if storage := os.Getenv("WERFCLI_STORAGE"); storage != "" {
		if err := start.Isolate(start.IsolateOptions{StorageDir: storage}); err != nil {
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
