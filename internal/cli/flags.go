package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/progress"
	"github.com/modship/modship/internal/settings"
	"github.com/modship/modship/internal/werfenv"
	"github.com/modship/modship/pkg/contract"
)

// common are the flags that most commands have.
type common struct {
	settings.Input
	Progress string
	Format   string
	flags    *werfenv.Flags // nil for commands that do not read werf.yaml
}

func (c *common) addTarget(fs *pflag.FlagSet) {
	fs.StringVar(&c.Target, "target", "", "target of modship.yaml, which has the module source and variables ($"+settings.EnvTarget+")")
	fs.StringVar(&c.Source, "source", "", "module source, <registry>/<path> ($"+settings.EnvSource+"; default: embedded registry at "+settings.EmbeddedSource+")")
	fs.StringVar(&c.Name, "name", "", "module name ($"+settings.EnvName+"; default: name in module.yaml, else the repository's name)")
}

func (c *common) addTag(fs *pflag.FlagSet, usage string) {
	fs.StringVar(&c.Tag, "tag", "", usage+" ($"+settings.EnvTag+")")
}

func (c *common) addChannels(fs *pflag.FlagSet, usage string) {
	fs.StringSliceVar(&c.Channels, "channel", nil, usage+" ($"+settings.EnvChannel+")")
}

func (c *common) addFormat(fs *pflag.FlagSet, formats ...string) {
	fs.StringVar(&c.Format, "format", formats[0], "output: "+strings.Join(formats, ", "))
}

func (c *common) addProgress(fs *pflag.FlagSet) {
	def := progress.Auto
	if v := os.Getenv(settings.EnvProgress); v != "" {
		def = v
	}
	fs.StringVar(&c.Progress, "progress", def, "display: "+strings.Join(progress.Kinds(), ", ")+" ($"+settings.EnvProgress+")")
}

// werfVisible are the werf flags that --help shows; all others work too.
var werfVisible = map[string]bool{
	"dir": true, "env": true, "dev": true, "loose-giterminism": true, "platform": true,
	"config": true, "git-work-tree": true, "secondary-repo": true, "final-repo": true, "cache-repo": true,
	"insecure-registry": true, "skip-tls-verify-registry": true, "container-registry-mirror": true,
	"require-built-images": true, "synchronization": true, "docker-config": true, "add-custom-tag": true,
}

// werfReplaced are the flags of `werf build` that modship does not have, and
// what to do instead; a name that ends with a dash stands for all that begin
// with it. docs/cli.md lists them too.
var werfReplaced = map[string]string{
	"repo":               "A module is pushed to <source>/<name>: give --source and --name, or set WERF_REPO.",
	"tmp-dir":            "Set WERF_TMP_DIR.",
	"config-render-path": "`werf config render` writes the rendered configuration.",
	"follow":             "Run modship again after a change; what is unchanged is reused.",
	"log-":               "Set WERF_LOG_DEBUG=1 and the like for werf's log; --progress chooses the display.",
	"kube-":              "No cluster is asked for anything: leave it out.",
}

// wants tells for the types of flags what is expected, in place of what Go's
// parsers say.
var wants = map[string]string{
	"int": "a number", "int64": "a number", "intSlice": "numbers", "bool": "true or false", "duration": "an age such as 14d or 36h",
}

// flagError is an error of the command line in plain words.
func flagError(err error) error {
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) {
		return err
	}
	want := wants[invalid.GetFlag().Value.Type()]
	if want == "" {
		return err
	}
	return fmt.Errorf("--%s=%s: expected %s", invalid.GetFlag().Name, invalid.GetValue(), want)
}

// insteadOfWerf is the hint for a flag that `werf build` has and modship has
// not, or empty.
func insteadOfWerf(err error) string {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return ""
	}
	name := unknown.GetSpecifiedName()
	prefix, _, _ := strings.Cut(name, "-")
	return cmp.Or(werfReplaced[name], werfReplaced[prefix+"-"])
}

// addWerf adds the flags of `werf build`, read by werf's own code.
func (c *common) addWerf(cmd *cobra.Command) {
	flags, err := werfenv.NewFlags()
	if err != nil {
		panic(err) // werf declares its flags wrongly: no input can cause this
	}
	c.flags = flags
	flags.FlagSet().VisitAll(func(f *pflag.Flag) {
		if werfReplaced[f.Name] != "" || cmd.Flags().Lookup(f.Name) != nil {
			return
		}
		copied := *f
		copied.Hidden = copied.Hidden || !werfVisible[f.Name]
		if copied.Shorthand != "" && cmd.Flags().ShorthandLookup(copied.Shorthand) != nil {
			copied.Shorthand = ""
		}
		cmd.Flags().AddFlag(&copied)
	})
}

// addWerfOnly adds just the named flags of werf.
func (c *common) addWerfOnly(cmd *cobra.Command, names ...string) {
	flags, err := werfenv.NewFlags()
	if err != nil {
		panic(err) // as above
	}
	c.flags = flags
	for _, name := range names {
		cmd.Flags().AddFlag(flags.FlagSet().Lookup(name))
	}
}

// input returns what the command line gives about the run.
func (c *common) input() settings.Input {
	in := c.Input
	if c.flags != nil {
		if f := c.flags.FlagSet().Lookup("dir"); f != nil {
			in.Dir = f.Value.String()
		}
		in.Config = *c.flags.Data().ConfigPath
		in.Uncommitted = c.flags.RelaxedGiterminism()
	}
	return in
}

// resolve decides the settings, and gives werf those that are flags of it.
func (c *common) resolve(ctx context.Context) (*settings.Settings, error) {
	s, err := settings.Resolve(ctx, c.input())
	if err != nil {
		return nil, err
	}
	if err := checkWaived(s); err != nil {
		return nil, err
	}
	secondary, err := s.SecondaryRepositories()
	if err != nil {
		return nil, err
	}
	for _, repository := range secondary {
		if err := c.flags.Set("secondary-repo", repository); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// checkWaived refuses numbers in modship.yaml that no rule of the contract has.
func checkWaived(s *settings.Settings) error {
	for i, rule := range s.WaivedRules() {
		if err := contract.CheckWaivers([]int{rule}); err != nil {
			return exit.With(exit.Usage, fmt.Errorf("%s: %w", s.File.At("waivedRules", strconv.Itoa(i), "rule"), err), "docs/contract.md lists the rules.")
		}
	}
	return nil
}

func checkFormat(format string, formats ...string) error {
	for _, f := range formats {
		if format == f {
			return nil
		}
	}
	return exit.With(exit.Usage, fmt.Errorf("there is no format %q: expected one of %s", format, strings.Join(formats, ", ")), "")
}
