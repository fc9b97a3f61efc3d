// Command werfcli is werf's own command line, compiled in this module with the
// versions and build tags of modship: the peer of the parity tests and of the
// benchmarks. Its only difference from werf is that it can run shell
// instructions without cgo and that WERFCLI_STORAGE names a directory in which it
// keeps its images instead of the machine's container storage.
//
// Telemetry is not started.
package main

import (
	"os"

	"github.com/modship/modship/internal/build/isolate"
	_ "github.com/modship/modship/internal/build/start" // shell instructions need it
	"github.com/modship/modship/internal/werfcli/command"
)

func main() {
	isolate.Stage()
	if code := command.Main(); code != 0 {
		os.Exit(code)
	}
}
