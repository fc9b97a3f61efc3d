package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/progress"
	"github.com/modship/modship/internal/settings"
	"github.com/modship/modship/internal/werfenv"
	"github.com/modship/modship/pkg/contract"
)

// common holds the flags that most commands have.
type common struct {
	settings.Input
	Progress string
	Format   string
	flags    *werfenv.Flags // nil for commands that do not read werf.yaml
}

func (c *common) addTarget(fs *pflag.FlagSet) {
	fs.StringVar(&c.Target, "target", "", "`TARGET` of modship.yaml, which gives the module source and variables ($"+settings.EnvTarget+")")
	fs.StringVar(&c.Source, "source", "", "module `SOURCE`, <registry>/<path> ($"+settings.EnvSource+"; default: the embedded registry, "+settings.EmbeddedSource+")")
	fs.StringVar(&c.Name, "name", "", "module `NAME` ($"+settings.EnvName+"; default: name in module.yaml, else the name of the repository)")
}

func (c *common) addTag(fs *pflag.FlagSet, usage string) {
	fs.StringVar(&c.Tag, "tag", "", usage+" ($"+settings.EnvTag+")")
}

func (c *common) addChannels(fs *pflag.FlagSet, usage string) {
	fs.StringSliceVar(&c.Channels, "channel", nil, usage+" ($"+settings.EnvChannel+")")
}

func (c *common) addFormat(fs *pflag.FlagSet, formats ...string) {
	fs.StringVar(&c.Format, "format", formats[0], "output `FORMAT`: "+strings.Join(formats, ", "))
}

func (c *common) addProgress(fs *pflag.FlagSet) {
	def := progress.Auto
	if v := os.Getenv(settings.EnvProgress); v != "" {
		def = v
	}
	fs.StringVar(&c.Progress, "progress", def, "`DISPLAY` of the build: "+strings.Join(progress.Kinds(), ", ")+" ($"+settings.EnvProgress+")")
}

// expected names the values that a type of flag takes: Go's parsers say it in Go's
// own words.
var expected = map[string]string{
	"int": "a number", "int64": "a number", "intSlice": "numbers", "bool": "true or false", "duration": "an age such as 14d or 36h",
}

// flagError returns err, which is about a flag's value, in plain words.
func flagError(err error) error {
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) {
		return err
	}
	want := expected[invalid.GetFlag().Value.Type()]
	if want == "" {
		return err
	}
	return fmt.Errorf("--%s=%s: expected %s", invalid.GetFlag().Name, invalid.GetValue(), want)
}

// input returns the settings that the command line gives.
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

// printNotes says which settings were changed or cannot be used for publishing.
func printNotes(io *streams, s *settings.Settings) {
	for _, note := range s.Notes {
		fmt.Fprintf(io.Err, "note: %s\n", note)
	}
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
	if slices.Contains(formats, format) {
		return nil
	}
	return exit.With(exit.Usage, fmt.Errorf("format %q is unknown: expected %s", format, strings.Join(formats, ", ")), "")
}
