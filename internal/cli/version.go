package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// Version is the version of this program. The linker sets it in a release build;
// otherwise it is taken from the build information.
var Version = ""

func newVersionCommand(io *streams) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the versions of modship and of the werf it contains",
		Example: "  modship version",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(io.Out, versionText())
			return err
		},
	}
}

// addVersion adds --version, which prints the same.
func addVersion(root *cobra.Command) {
	root.Version = versionText()
	root.Flags().BoolP("version", "v", false, "print the version")
	root.SetVersionTemplate("{{.Version}}\n")
}

func versionText() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return fmt.Sprintf("modship %s (werf %s, %s, %s/%s)", programVersion(Version, info), werfVersion(info), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// programVersion returns the linker's version, else that of the module that go
// install built, else "dev" with the commit if go knows it.
func programVersion(linked string, info *debug.BuildInfo) string {
	if linked != "" {
		return linked
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return "dev-" + short(s.Value)
		}
	}
	return "dev"
}

// werfVersion returns the version of the werf module that is linked in.
func werfVersion(info *debug.BuildInfo) string {
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
