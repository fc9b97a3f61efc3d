package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/modship/modship/internal/exit"
)

// addCompletion adds cobra's command for the scripts of shells, which writes to
// the output that root has at this moment.
func addCompletion(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		if cmd.Name() == "completion" {
			needsCommand(cmd)
			usageErrors(cmd)
		}
	}
}

// needsCommand lets a command that only holds others refuse to be called
// without one of them. cobra would print its help in place of a result.
func needsCommand(cmd *cobra.Command) {
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var names []string
		for _, sub := range cmd.Commands() {
			names = append(names, sub.Name())
		}
		err := errors.New("no command is given")
		if len(args) > 0 {
			err = fmt.Errorf("there is no command %q", args[0])
		}
		return exit.With(exit.Usage, fmt.Errorf("%s: %w: expected %s", cmd.CommandPath(), err, strings.Join(names, ", ")),
			fmt.Sprintf("`%s --help` tells more.", cmd.CommandPath()))
	}
}
