package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/modship/modship/internal/exit"
)

const hintCommands = "`modship --help` lists the commands."

// checkCommand returns an error if args name a command that does not exist.
// cobra itself would print the general help if --help is among them.
func checkCommand(root *cobra.Command, args []string) error {
	if len(args) > 0 && strings.HasPrefix(args[0], cobra.ShellCompRequestCmd) {
		return nil
	}
	cmd, rest, err := root.Find(args)
	if err != nil || !cmd.HasSubCommands() {
		return nil //nolint:nilerr // cobra finds the same error when it runs the command
	}
	for _, arg := range rest {
		if arg == "--" {
			break
		}
		if !strings.HasPrefix(arg, "-") {
			return unknownCommand(cmd, arg)
		}
	}
	return nil
}

func unknownCommand(parent *cobra.Command, name string) error {
	var names []string
	for _, sub := range parent.Commands() {
		if sub.IsAvailableCommand() || sub.Name() == "help" {
			names = append(names, sub.Name())
		}
	}
	hint := didYouMean(name, names, "")
	if hint == "" {
		hint = fmt.Sprintf("`%s --help` lists the commands.", parent.CommandPath())
	}
	return exit.With(exit.Usage, fmt.Errorf("%s has no command %q", parent.CommandPath(), name), hint)
}

// hintForFlag returns the hint for an error about the flags of cmd.
func hintForFlag(cmd *cobra.Command, err error) string {
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		name := unknown.GetSpecifiedName()
		if hint := insteadOfWerf(name); hint != "" {
			return hint
		}
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				names = append(names, f.Name)
			}
		})
		if hint := didYouMean(name, names, "--"); hint != "" && len(name) > 1 {
			return hint
		}
	}
	return fmt.Sprintf("`%s --help` lists the flags.", cmd.CommandPath())
}

// didYouMean returns a question that offers the names closest to what was
// typed, each with the prefix, or "" if none is close.
func didYouMean(typed string, names []string, prefix string) string {
	best := typingErrors(typed) + 1
	var near []string
	for _, name := range names {
		distance := levenshtein.Distance(typed, name, nil)
		if strings.HasPrefix(name, typed) {
			distance = min(distance, 1)
		}
		switch {
		case distance < best:
			best, near = distance, []string{prefix + name}
		case distance == best && len(near) > 0:
			near = append(near, prefix+name)
		}
	}
	if len(near) == 0 {
		return ""
	}
	slices.Sort(near)
	return "Did you mean " + strings.Join(near, " or ") + "?"
}

// typingErrors returns how many letters of a word may be wrong for it to count as
// mistyped: two, but only one in a short word.
func typingErrors(word string) int {
	if len(word) <= shortWord {
		return 1
	}
	return 2
}

const shortWord = 4
