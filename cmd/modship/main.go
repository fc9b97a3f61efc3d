// Command modship builds and publishes Deckhouse modules.
package main

import (
	"fmt"
	"os"

	"github.com/modship/modship/pkg/build/start"
	"github.com/modship/modship/pkg/cli"
	"github.com/modship/modship/pkg/werfenv"
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
