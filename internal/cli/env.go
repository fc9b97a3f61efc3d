package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/modship/modship/internal/disk"
	"github.com/modship/modship/internal/pipeline"
	"github.com/modship/modship/internal/progress"
	"github.com/modship/modship/internal/settings"
	"github.com/modship/modship/internal/werfenv"
)

// settingJSON is one line of `modship env`.
type settingJSON struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	From  string `json:"from"`
}

func newEnvCommand(io *streams) *cobra.Command {
	o := &common{}
	cmd := &cobra.Command{
		Use:     "env",
		Short:   "Print each setting and where it comes from",
		Example: "  modship env\n  modship env --format json",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return runEnv(cmd.Context(), io, o) },
	}
	fs := cmd.Flags()
	o.addTarget(fs)
	o.addTag(fs, "module `TAG`")
	o.addChannels(fs, "release `CHANNEL`")
	o.addFormat(fs, "text", "json")
	o.addWerf(cmd)
	return cmd
}

func runEnv(ctx context.Context, io *streams, o *common) error {
	if err := checkFormat(o.Format, "text", "json"); err != nil {
		return err
	}
	o.ReadOnly = true
	s, err := o.resolve(ctx)
	if err != nil {
		return err
	}
	printNotes(io, s)
	list := listSettings(ctx, s, o.flags)
	if o.Format == "json" {
		return writeJSON(io.Out, list)
	}
	return printSettings(io.Out, list)
}

func listSettings(ctx context.Context, s *settings.Settings, flags *werfenv.Flags) []settingJSON {
	var channels []string
	for _, ch := range s.Channels {
		channels = append(channels, string(ch))
	}
	dirs := settings.UserDirs()
	display := settingJSON{"progress", progress.Auto, "default"}
	if kind := os.Getenv(settings.EnvProgress); kind != "" {
		display = settingJSON{"progress", kind, settings.EnvProgress}
	}
	list := []settingJSON{
		{"dir", s.Dir.Value, s.Dir.From},
		{"target", s.Target.Value, s.Target.From},
		{"source", s.Source.Value, s.Source.From},
		{"name", s.Name.Value, s.Name.From},
		{"tag", s.Tag.Value, s.Tag.From},
		{"channel", strings.Join(channels, ","), s.ChannelsFrom},
		loginSetting(s, flags),
		display,
		{"data", dirs.Data, settings.DirsFrom()},
		{"state", dirs.State, settings.DirsFrom()},
	}
	if choice, err := werfenv.ChooseBackend(ctx); err == nil {
		list = append(list, settingJSON{"backend", choice.Name, choice.Reason})
	} else {
		list = append(list, settingJSON{"backend", "none", err.Error()})
	}
	return slices.Concat(list, diskSettings(dirs), projectSettings(s), werfSettings())
}

// diskSettings lists the disk limit and the space in use.
func diskSettings(dirs settings.Dirs) []settingJSON {
	limit, from, err := disk.Limit()
	if err != nil {
		return []settingJSON{{"disk limit", "", err.Error()}}
	}
	list := []settingJSON{{"disk limit", size(limit), from}}
	if limit == 0 {
		list[0].Value = "none"
	}
	if used, err := disk.Measure(dirs); err == nil {
		list = append(list, settingJSON{"disk used", size(used.Total()), fmt.Sprintf("registry %s, containers %s", size(used.Registry), size(used.Containers))})
	}
	return list
}

// loginSetting reports whether there is a registry login, for which registry, and
// where it comes from. It never returns the login.
func loginSetting(s *settings.Settings, flags *werfenv.Flags) settingJSON {
	const names = settings.EnvLogin + ", " + settings.EnvPassword
	repository, err := s.Repository()
	if err != nil {
		return settingJSON{"login", "", err.Error()}
	}
	key, origin, set := pipeline.LoginFor(repository, flags)
	switch {
	case set && key == "":
		return settingJSON{"login", "of a credential store", origin}
	case set:
		return settingJSON{"login", "set for " + withoutLogin(key), origin}
	case pipeline.HalfLogin():
		return settingJSON{"login", "none", "only one of " + names + " is set"}
	case os.Getenv(settings.EnvLogin) != "" && os.Getenv(settings.EnvRegistry) != "":
		return settingJSON{"login", "none", names + " are for " + withoutLogin(os.Getenv(settings.EnvRegistry))}
	case origin != "":
		return settingJSON{"login", "none", origin}
	}
	return settingJSON{"login", "none", names + " are not set, and no configuration of Docker or Podman has one"}
}

// secretWords mark variables whose values are not printed.
var secretWords = []string{"PASSWORD", "TOKEN", "KEY", "SECRET", "CERT", "CREDENTIAL"}

// loginPattern finds the user:password@ of an address, and a digest's @ too.
var loginPattern = regexp.MustCompile(`((?:^|=|,)(?:[a-z]+://)?)[^/@,]*:[^@,]*@(sha256:)?`)

// withoutLogin hides the login in a value that holds addresses.
func withoutLogin(value string) string {
	return loginPattern.ReplaceAllStringFunc(value, func(found string) string {
		if strings.HasSuffix(found, "@sha256:") {
			return found
		}
		return loginPattern.ReplaceAllString(found, "$1(login not shown)@")
	})
}

// werfSettings are the WERF_* variables that are set.
func werfSettings() []settingJSON {
	var list []settingJSON
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "WERF_") {
			continue
		}
		if slices.ContainsFunc(secretWords, func(w string) bool { return strings.Contains(name, w) }) {
			value = "(not shown)"
		}
		list = append(list, settingJSON{name, withoutLogin(value), "environment"})
	}
	slices.SortFunc(list, func(a, b settingJSON) int { return strings.Compare(a.Name, b.Name) })
	return list
}

func printSettings(w io.Writer, list []settingJSON) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range list {
		from := s.From
		if from != "" {
			from = "(" + from + ")"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", s.Name, s.Value, from)
	}
	return table.Flush()
}
