package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/modship/modship/internal/exit"
)

// addCompletion adds cobra's command that prints completion scripts for shells. It
// writes to the output that root has at this moment.
func addCompletion(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		if cmd.Name() == "completion" {
			needsCommand(cmd)
			cmd.Short = "Print the completion script for a shell"
			cmd.Example = "  modship completion bash > /etc/bash_completion.d/modship"
			usageErrors(cmd)
		}
	}
}

// needsCommand makes a command that only holds others fail when it is called
// without one of them. cobra would print its help in place of a result.
func needsCommand(cmd *cobra.Command) {
	cmd.Args = cobra.ArbitraryArgs // checkCommand refuses them
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		var names []string
		for _, sub := range cmd.Commands() {
			names = append(names, sub.Name())
		}
		return exit.With(exit.Usage, fmt.Errorf("%s needs a command: expected %s", cmd.CommandPath(), strings.Join(names, ", ")),
			fmt.Sprintf("`%s --help` describes them.", cmd.CommandPath()))
	}
}
