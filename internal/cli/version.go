package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// Version is the version of this program; the release build sets it.
var Version = "dev"

func newVersionCommand(io *streams) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of modship and of the werf inside",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(io.Out, versionText())
			return err
		},
	}
}

// addVersion adds --version, which prints the same.
func addVersion(root *cobra.Command) {
	root.Version = versionText()
	root.SetVersionTemplate("{{.Version}}\n")
}

func versionText() string {
	return fmt.Sprintf("modship %s (werf %s, %s, %s/%s)", Version, werfVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// werfVersion is the version of the werf module that is linked in.
func werfVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, m := range info.Deps {
		if m.Path != "github.com/werf/werf/v2" {
			continue
		}
		if m.Replace != nil {
			return m.Replace.Path + "@" + m.Replace.Version
		}
		return m.Version
	}
	return "unknown"
}
