// Command modship builds and publishes Deckhouse modules.
package main

import (
	"fmt"
	"os"

	"github.com/modship/modship/internal/build/start"
	"github.com/modship/modship/internal/cli"
	"github.com/modship/modship/internal/werfenv"
)

func main() {
	start.Stage()
	if helper, err := werfenv.RunHelper(); helper || err != nil {
		if err != nil {
			fmt.Fprintln(os.Stderr, "modship:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(cli.Main())
}
