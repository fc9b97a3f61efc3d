package cli

import (
	stdio "io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/modship/modship/internal/pipeline"
	"github.com/modship/modship/internal/progress"
	"github.com/modship/modship/internal/settings"
	"github.com/modship/modship/pkg/graph"
)

// completeImages offers the images of werf.yaml that are not on the command line yet.
// After an error it offers none: the command itself will report the error.
func (c *common) completeImages(cmd *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
	const noFiles = cobra.ShellCompDirectiveNoFileComp
	s, err := c.resolve(cmd.Context())
	if err != nil {
		return nil, noFiles
	}
	display, err := progress.New(progress.Quiet, stdio.Discard, progress.Options{})
	if err != nil {
		return nil, noFiles
	}
	defer display.Close()
	// The logs of the last run stay as they are.
	state, err := os.MkdirTemp("", "modship-completion-")
	if err != nil {
		return nil, noFiles
	}
	defer os.RemoveAll(state)
	dirs := settings.UserDirs()
	dirs.State = state
	result, err := pipeline.Read(cmd.Context(), pipeline.Options{Settings: s, Dirs: dirs, Flags: c.flags, Reporter: display})
	if err != nil {
		return nil, noFiles
	}
	named := map[string]bool{}
	for _, name := range args {
		named[name] = true
	}
	var names []string
	for _, n := range result.Config.Graph.Nodes() {
		if n.Kind == graph.Image && !named[n.Name] && strings.HasPrefix(n.Name, prefix) {
			names = append(names, n.Name)
		}
	}
	return names, noFiles
}
