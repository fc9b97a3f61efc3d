// Package settings decides which module, tag, registry and directories a run uses.
// Flags win over the environment, the environment over what the CI system says,
// that over modship.yaml, and that over defaults. Every value knows its origin.
package settings

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/modship/modship/internal/ci"
	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/projectfile"
	"github.com/modship/modship/pkg/module"
)

// Value is one setting and where it comes from.
type Value struct {
	Value string `json:"value"`
	From  string `json:"from"` // for people: "--tag", "MODULES_MODULE_TAG", "git tag on HEAD", "default"
}

// The environment variables of the existing CI templates, and our own.
const (
	EnvSource   = "MODULES_MODULE_SOURCE"
	EnvName     = "MODULES_MODULE_NAME"
	EnvTag      = "MODULES_MODULE_TAG"
	EnvChannel  = "RELEASE_CHANNEL"
	EnvDir      = "WERF_DIR"
	EnvProgress = "MODSHIP_PROGRESS"
	EnvRegistry = "MODULES_REGISTRY"
	EnvLogin    = "MODULES_REGISTRY_LOGIN"
	EnvPassword = "MODULES_REGISTRY_PASSWORD"
)

// EmbeddedAddr is where the embedded registry is looked for and served.
const EmbeddedAddr = "127.0.0.1:5555"

// EmbeddedSource is the module source used when none is given.
const EmbeddedSource = EmbeddedAddr + "/modules"

// Input holds the settings of the command line; an empty field was not given.
type Input struct {
	Dir, Config, Source, Name, Tag string

	Target   string // name of a target in modship.yaml
	Channels []string
	// Uncommitted lets files outside the commit into the build, so that a
	// version tag on the commit does not name it.
	Uncommitted bool
	// ReadOnly accepts a module name that cannot be published, with a note.
	ReadOnly bool
}

// Settings are the resolved settings of a run.
type Settings struct {
	Dir    Value  // project directory: the one that holds werf.yaml
	Config string // absolute path of a configuration that is not werf.yaml there, or empty
	// File is modship.yaml; without one it is empty.
	File *projectfile.File
	// Target is the name of the target that was chosen; empty without one.
	Target   Value
	Source   Value
	Name     Value
	Tag      Value
	Channels []module.Channel
	// ChannelsFrom is the origin of the channels; empty without channels.
	ChannelsFrom string
	// Embedded is set when the module source is the embedded registry.
	Embedded bool
	// Variables are what modship.yaml gives the templates, in alphabetical order.
	Variables []Variable
	// Notes are sentences for the user about values that were changed.
	Notes []string

	badName     bool               // the name cannot be published
	target      projectfile.Target // the one that Target names
	targetGiven bool               // the target was asked for, it is not the default one
}

// Repository is the place of the module in its registry.
func (s *Settings) Repository() (module.Repository, error) {
	if s.badName {
		return module.Repository{Source: s.Source.Value, Name: s.Name.Value}, exit.With(exit.Usage, module.CheckSource(s.Source.Value), "")
	}
	r, err := module.NewRepository(s.Source.Value, s.Name.Value)
	return r, exit.With(exit.Usage, err, "")
}

// Resolve decides the settings that concern a module repository.
func Resolve(ctx context.Context, in Input) (*Settings, error) {
	s := &Settings{}
	var err error
	if s.Dir, s.Config, err = resolveProject(in); err != nil {
		return nil, err
	}
	if err := s.resolveRepository(in, func() (Value, error) { return nameFromRepository(ctx, s.Dir.Value) }); err != nil {
		return nil, err
	}
	if s.Tag, err = s.resolveTag(ctx, in); err != nil {
		return nil, err
	}
	s.resolveVariables()
	return s, s.resolveChannels(in.Channels)
}

// ResolveTarget decides the settings of commands that work on a registry
// alone: they run outside a module repository too, if source and name are
// given. The tag is made of the given one as by [Resolve], or is empty.
func ResolveTarget(ctx context.Context, in Input) (*Settings, error) {
	s := &Settings{}
	dir, config, dirErr := resolveProject(in)
	if dirErr == nil {
		s.Dir, s.Config = dir, config
	}
	if err := s.resolveRepository(in, func() (Value, error) {
		if dirErr != nil {
			return Value{}, exit.With(exit.Usage, errors.New("the module name is unknown: this is not a module repository, and --name is not given"),
				"Give --name NAME or set "+EnvName+".")
		}
		return nameFromRepository(ctx, dir.Value)
	}); err != nil {
		return nil, err
	}
	if given := first(Value{in.Tag, "--tag"}, fromEnv(EnvTag)); given.Value != "" {
		var err error
		if s.Tag, err = s.givenTag(given); err != nil {
			return nil, err
		}
	}
	return s, s.resolveChannels(in.Channels)
}

// resolveRepository decides the place of the module in its registry.
func (s *Settings) resolveRepository(in Input, fallbackName func() (Value, error)) error {
	err := CheckHome()
	if err != nil {
		return err
	}
	if err := s.readFile(in); err != nil {
		return err
	}
	s.Name = first(Value{in.Name, "--name"}, fromEnv(EnvName), Value{s.File.Name, s.File.At("name")})
	if s.Name.Value == "" {
		if s.Name, err = fallbackName(); err != nil {
			return err
		}
	}
	if err := module.CheckName(s.Name.Value); err != nil {
		err = fmt.Errorf("module name from %s: %w", s.Name.From, err)
		if !in.ReadOnly {
			return exit.With(exit.Usage, err, "Give --name NAME, set "+EnvName+", or set name in module.yaml.")
		}
		s.badName = true
		s.Notes = append(s.Notes, err.Error()+"; it cannot be published")
	}
	s.Source, err = s.resolveSource(in.Source)
	if err != nil {
		return err
	}
	s.Embedded = s.Source.Value == EmbeddedSource
	_, err = s.Repository()
	return err
}

// resolveSource decides the module source. A target that is asked for wins over
// the environment, which wins over the default target.
//
// The pipeline of a pull request from a fork may not write to the module's
// registry; it builds and publishes to the embedded one, unless a flag says
// otherwise.
func (s *Settings) resolveSource(flag string) (Value, error) {
	if flag == "" && ci.Detect(os.Getenv).Restricted {
		s.Notes = append(s.Notes, "a pull request from a fork may not write to the module's registry: publishing to the embedded registry instead")
		return Value{EmbeddedSource, "default (pull request from a fork)"}, nil
	}
	ofTarget, err := s.targetSource()
	if err != nil {
		return Value{}, err
	}
	candidates := []Value{{flag, "--source"}, fromEnv(EnvSource)}
	if s.targetGiven {
		candidates = slices.Insert(candidates, 1, ofTarget)
		if env := os.Getenv(EnvSource); flag == "" && env != "" && env != ofTarget.Value {
			s.Notes = append(s.Notes, fmt.Sprintf("%s is not used: target %s has a module source", EnvSource, s.Target.Value))
		}
	}
	if v := first(candidates...); v.Value != "" {
		v.Value = strings.TrimRight(v.Value, "/")
		return v, nil
	}
	if repo := os.Getenv("WERF_REPO"); repo != "" {
		return s.sourceOf(repo)
	}
	return first(ofTarget, Value{EmbeddedSource, "default (embedded registry)"}), nil
}

// sourceOf understands WERF_REPO, which existing pipelines set to
// <source>/<name>.
func (s *Settings) sourceOf(repo string) (Value, error) {
	source, ok := strings.CutSuffix(repo, "/"+s.Name.Value)
	switch {
	case strings.Contains(repo, "@"): // not quoted: it may hold a password
		return Value{}, exit.With(exit.Usage, fmt.Errorf("WERF_REPO: %w", module.CheckSource(repo)), "")
	case !ok:
		return Value{}, exit.With(exit.Usage,
			fmt.Errorf("WERF_REPO=%s does not end with the module name /%s", repo, s.Name.Value),
			"A module lives at <source>/<name>: set "+EnvSource+" or --source, and --name if the name differs.")
	}
	return Value{source, "WERF_REPO"}, nil
}

func (s *Settings) resolveChannels(flags []string) error {
	names, from := flags, "--channel"
	if len(names) == 0 {
		if v := os.Getenv(EnvChannel); v != "" {
			names, from = strings.Split(v, ","), EnvChannel // as --channel does
		}
	}
	for _, name := range names {
		ch, err := module.ParseChannel(name)
		if err != nil {
			return exit.With(exit.Usage, fmt.Errorf("release channel from %s: %w", from, err), "")
		}
		if used := s.File.Channels; len(used) > 0 && !slices.Contains(used, string(ch)) {
			return exit.With(exit.Usage, fmt.Errorf("release channel %s from %s: %s lists the channels of the module without it", ch, from, s.File.At("channels")), "")
		}
		s.Channels = append(s.Channels, ch)
		s.ChannelsFrom = from
	}
	return nil
}

// Ladder returns the channels that modship.yaml lists; they are known ones.
func (s *Settings) Ladder() module.Ladder {
	var ladder module.Ladder
	for _, name := range s.File.Channels {
		ladder = append(ladder, module.Channel(name))
	}
	return ladder
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// nameFromRepository takes the module name from module.yaml, else from the
// repository that CI says it builds, else from the git repository.
func nameFromRepository(ctx context.Context, dir string) (Value, error) {
	data, err := os.ReadFile(filepath.Join(dir, "module.yaml"))
	if err == nil {
		def, err := module.ParseDefinition(data)
		if err != nil {
			return Value{}, exit.With(exit.Failed, fmt.Errorf("%s: %w", filepath.Join(dir, "module.yaml"), err), "")
		}
		if def.Name != "" {
			return Value{def.Name, "module.yaml"}, nil
		}
	} else if !errors.Is(err, os.ErrNotExist) {
		return Value{}, err
	}
	if project := ci.Detect(os.Getenv).Project; project.Value != "" {
		return Value(project), nil
	}
	name, err := repositoryName(ctx, dir)
	return Value{name, "the repository's name"}, err
}

func first(values ...Value) Value {
	for _, v := range values {
		if v.Value != "" {
			return v
		}
	}
	return Value{}
}

func fromEnv(name string) Value { return Value{os.Getenv(name), name} }
