// Command modship builds and publishes Deckhouse modules.
package main

import (
	"fmt"
	"os"

	"github.com/modship/modship/internal/build/isolate"
	"github.com/modship/modship/internal/chart"
	"github.com/modship/modship/internal/cli"
	"github.com/modship/modship/internal/werfenv"
)

func main() {
	if chart.IsWorker() {
		os.Exit(chart.Work(os.Stdin, os.Stdout))
	}
	isolate.Stage()
	if helper, err := werfenv.RunHelper(); helper || err != nil {
		if err != nil {
			fmt.Fprintln(os.Stderr, "modship:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(cli.Main())
}
