package cli

import (
	"fmt"
	stdio "io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/modship/modship/internal/exit"
)

// The groups of commands, in the order in which help lists them.
const (
	groupModule   = "module"
	groupPublish  = "publish"
	groupRegistry = "registry"
	groupOther    = "other"
)

func commandGroups() []*cobra.Group {
	return []*cobra.Group{
		{ID: groupModule, Title: "Work on a module:"},
		{ID: groupPublish, Title: "Publish:"},
		{ID: groupRegistry, Title: "Registry:"},
		{ID: groupOther, Title: "Other:"},
	}
}

// addGroup adds commands to a group of root.
func addGroup(root *cobra.Command, id string, commands ...*cobra.Command) {
	for _, cmd := range commands {
		cmd.GroupID = id
		root.AddCommand(cmd)
	}
}

// newHelpCommand returns a help command that, unlike cobra's, refuses a topic
// that does not exist.
func newHelpCommand(io *streams) *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "Print the help of a command",
		Example: "  modship help publish",
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			if err := checkCommand(root, args); err != nil {
				return err
			}
			topic, _, err := root.Find(args)
			if err != nil {
				return exit.With(exit.Usage, err, hintCommands)
			}
			topic.SetOut(io.Out)
			return topic.Help()
		},
	}
}

// printUsage writes how to call a command, below its description. Its own flags
// come first; those of werf follow in a section of their own.
func printUsage(cmd *cobra.Command) error {
	w := cmd.OutOrStderr()
	fmt.Fprintln(w, "Usage:")
	if cmd.Runnable() && !cmd.HasAvailableSubCommands() {
		fmt.Fprintf(w, "  %s\n", cmd.UseLine())
	} else {
		fmt.Fprintf(w, "  %s COMMAND\n", cmd.CommandPath())
	}
	if cmd.HasExample() {
		fmt.Fprintf(w, "\nExamples:\n%s\n", strings.TrimRight(cmd.Example, "\n"))
	}
	printCommands(w, cmd)
	own, werfs := splitFlags(cmd.LocalFlags())
	printFlags(w, "Flags:", own)
	printFlags(w, "Flags of werf:", werfs)
	if werfs.HasFlags() && cmd.Flags().Lookup("save-build-report") != nil {
		fmt.Fprintln(w, "\nAll other flags of `werf build` and all WERF_* variables work too.")
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(w, "\nUse \"%s COMMAND --help\" for more about a command.\n", cmd.CommandPath())
	}
	return nil
}

// printCommands lists the commands below cmd, by group where it has groups.
func printCommands(w stdio.Writer, cmd *cobra.Command) {
	groups := cmd.Groups()
	if len(groups) == 0 && cmd.HasAvailableSubCommands() {
		groups = []*cobra.Group{{Title: "Commands:"}}
	}
	for _, group := range groups {
		fmt.Fprintf(w, "\n%s\n", group.Title)
		for _, sub := range cmd.Commands() {
			if sub.GroupID == group.ID && (sub.IsAvailableCommand() || sub.Name() == "help") {
				fmt.Fprintf(w, "  %-*s %s\n", sub.NamePadding(), sub.Name(), sub.Short)
			}
		}
	}
}

// addHelp adds --help to cmd and the commands below it, in place of cobra's own
// flag, which calls itself "help for COMMAND".
func addHelp(cmd *cobra.Command) {
	cmd.Flags().BoolP("help", "h", false, "print this help")
	for _, sub := range cmd.Commands() {
		addHelp(sub)
	}
}

// splitFlags separates the flags that werf's code reads from the others.
func splitFlags(all *pflag.FlagSet) (own, werfs *pflag.FlagSet) {
	own = pflag.NewFlagSet("", pflag.ContinueOnError)
	werfs = pflag.NewFlagSet("", pflag.ContinueOnError)
	all.VisitAll(func(f *pflag.Flag) {
		if IsWerfFlag(f.Name) {
			werfs.AddFlag(f)
		} else {
			own.AddFlag(f)
		}
	})
	return own, werfs
}

func printFlags(w stdio.Writer, title string, flags *pflag.FlagSet) {
	if flags.HasAvailableFlags() {
		fmt.Fprintf(w, "\n%s\n%s", title, flags.FlagUsagesWrapped(helpWidth()))
	}
}

// helpWidth returns the width of the terminal, or 0 if there is none: then lines
// are not wrapped.
func helpWidth() int {
	fd := int(os.Stdout.Fd())
	if !term.IsTerminal(fd) {
		return 0
	}
	width, _, err := term.GetSize(fd)
	if err != nil || width < minHelpWidth {
		return 0
	}
	return width
}

// minHelpWidth is the narrowest terminal for which the flags are wrapped.
const minHelpWidth = 60
