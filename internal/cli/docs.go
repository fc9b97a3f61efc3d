package cli

import (
	"io"

	"github.com/spf13/cobra"
)

// CommandTree returns the commands and their flags, for the reference that is
// generated from them. Their output is discarded.
func CommandTree() *cobra.Command {
	return newRootCommand(&streams{Out: io.Discard, Err: io.Discard})
}

// IsWerfFlag tells whether a flag of the command tree is werf's own, read by
// werf's code.
func IsWerfFlag(name string) bool { return werfVisible[name] }
