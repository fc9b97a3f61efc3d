package cli

import (
	"io"

	"github.com/spf13/cobra"
)

// CommandTree returns the commands and their flags, from which the
// reference is generated. Their output is discarded.
func CommandTree() *cobra.Command {
	return newRootCommand(&streams{Out: io.Discard, Err: io.Discard})
}

// IsWerfFlag reports whether a visible flag of the command tree is one of werf's,
// which werf's own code reads.
func IsWerfFlag(name string) bool { return werfFlags[name] != "" }
