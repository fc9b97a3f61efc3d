// Command release writes what a release holds beside the program: man pages and
// completion scripts. goreleaser runs it before it packs the archives.
//
//	go run ./internal/release DIR
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/modship/modship/internal/cli"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: release DIR")
		os.Exit(2)
	}
	if err := write(cli.CommandTree(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// write fills dir/man and dir/completions anew.
func write(root *cobra.Command, dir string) error {
	man, completions := filepath.Join(dir, "man"), filepath.Join(dir, "completions")
	for _, sub := range []string{man, completions} {
		if err := errors.Join(os.RemoveAll(sub), os.MkdirAll(sub, 0o755)); err != nil {
			return err
		}
	}
	root.DisableAutoGenTag = true                                                   // the day of the build would make each build differ
	header := &doc.GenManHeader{Section: "1", Source: "modship", Manual: "modship"} // dated SOURCE_DATE_EPOCH
	if err := doc.GenManTree(root, header, man); err != nil {
		return fmt.Errorf("write man pages: %w", err)
	}
	return errors.Join(
		root.GenBashCompletionFileV2(filepath.Join(completions, "modship.bash"), true),
		root.GenZshCompletionFile(filepath.Join(completions, "modship.zsh")),
		root.GenFishCompletionFile(filepath.Join(completions, "modship.fish"), true),
	)
}
