// Package docgen writes docs/cli.md from the commands of internal/cli. Its test
// fails when the file is stale; `task docs` rewrites it.
package docgen

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Options are the options of [CLI].
type Options struct {
	// Preface is the Markdown above the commands.
	Preface string
	// IsWerf reports whether a flag of that name belongs to werf. Such flags are
	// explained once, below the commands.
	IsWerf func(name string) bool
}

// CLI returns the reference of the commands below root in Markdown: the
// preface, then a section for each command that runs.
func CLI(root *cobra.Command, opts Options) string {
	var b strings.Builder
	b.WriteString(strings.TrimSpace(opts.Preface) + "\n")
	commands := runnable(root)
	b.WriteString("\n## Commands\n\n| command | does |\n|---|---|\n")
	for _, cmd := range commands {
		fmt.Fprintf(&b, "| [`%s`](#%s) | %s |\n", cmd.CommandPath(), anchor(cmd), cell(cmd.Short))
	}
	shared := map[string]*pflag.Flag{}
	for _, cmd := range commands {
		own, werfs := flags(cmd, opts.IsWerf)
		section(&b, cmd, own, werfs)
		for _, f := range werfs {
			shared[f.Name] = f
		}
	}
	if len(shared) > 0 {
		b.WriteString("\n## werf's flags\n")
		table(&b, slices.SortedFunc(maps.Values(shared), byName))
	}
	return b.String()
}

// runnable lists the commands below cmd that run by themselves, sorted by name.
func runnable(cmd *cobra.Command) []*cobra.Command {
	var list []*cobra.Command
	for _, sub := range cmd.Commands() {
		if sub.Runnable() && !sub.HasSubCommands() && !sub.Hidden && sub.Name() != "help" {
			list = append(list, sub)
		}
		list = append(list, runnable(sub)...)
	}
	slices.SortFunc(list, func(a, b *cobra.Command) int { return strings.Compare(a.CommandPath(), b.CommandPath()) })
	return list
}

// anchor is the address that GitHub and GitLab give a command's heading.
func anchor(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

func section(b *strings.Builder, cmd *cobra.Command, own, werfs []*pflag.Flag) {
	text := cmd.Long
	if text == "" {
		text = cmd.Short + "."
	}
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n```\n%s\n```\n", cmd.CommandPath(), escape(strings.TrimSpace(text)), cmd.UseLine())
	if cmd.HasExample() {
		fmt.Fprintf(b, "\n```sh\n%s\n```\n", outdent(cmd.Example))
	}
	table(b, own)
	if len(werfs) == 0 {
		return
	}
	var names []string
	for _, f := range werfs {
		names = append(names, "`--"+f.Name+"`")
	}
	fmt.Fprintf(b, "\nOf [werf's flags](#werfs-flags): %s.\n", strings.Join(names, ", "))
}

// flags returns the visible flags sorted by name, and separately those of werf.
func flags(cmd *cobra.Command, isWerf func(string) bool) (own, werfs []*pflag.Flag) {
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		switch {
		case f.Hidden || f.Name == "help":
		case isWerf(f.Name):
			werfs = append(werfs, f)
		default:
			own = append(own, f)
		}
	})
	return own, werfs
}

func byName(a, b *pflag.Flag) int { return strings.Compare(a.Name, b.Name) }

func table(b *strings.Builder, flags []*pflag.Flag) {
	if len(flags) == 0 {
		return
	}
	b.WriteString("\n| flag | default | meaning |\n|---|---|---|\n")
	for _, f := range flags {
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		value, usage := pflag.UnquoteUsage(f)
		if value != "" {
			name += " " + value
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", name, defaultOf(f), cell(usage))
	}
}

// outdent removes the indentation that help has.
func outdent(text string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, "  ")
	}
	return strings.Join(lines, "\n")
}

// defaultOf omits zero values.
func defaultOf(f *pflag.Flag) string {
	switch f.DefValue {
	case "", "false", "0", "[]":
		return ""
	}
	return "`" + f.DefValue + "`"
}

// cell formats a text of several lines for a cell of a table.
func cell(text string) string {
	return escape(strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", `\|`))
}

// escape keeps <placeholders> from being taken for HTML.
func escape(text string) string { return strings.ReplaceAll(text, "<", `\<`) }
