// Package werfcfg reads a module's werf.yaml with werf's own renderer and
// parser and makes the build graph of it. It is the only reader of werf.yaml.
package werfcfg

import (
	"context"
	"os"
	"path/filepath"

	"github.com/werf/werf/v2/cmd/werf/common"
	"github.com/werf/werf/v2/pkg/config"
	"github.com/werf/werf/v2/pkg/giterminism_manager"

	"github.com/modship/modship/internal/werfenv"
	"github.com/modship/modship/internal/werferr"
	"github.com/modship/modship/internal/werfsrc"
	"github.com/modship/modship/pkg/graph"
)

// The names that all DKP modules give to the two images which become artifacts.
const (
	BundleImage  = "bundle"
	ReleaseImage = "release-channel-version"
)

// Config is a rendered and parsed werf.yaml.
type Config struct {
	Project     string
	Werf        *config.WerfConfig
	Giterminism *giterminism_manager.Manager
	Commit      string // the commit that is read, full hash
	Graph       *graph.Graph
	Problems    []graph.Problem
	// Sections are those of the images by name, once ReadEarlier has been called:
	// only comparisons need them. They may hold secrets: not to be printed.
	Sections map[string]Section

	rendered     string // file of the rendered configuration
	meta         Section
	project      werfsrc.Project
	dockerfiles  map[string]string   // texts by image
	contextFiles map[string][]string // by Dockerfile image: paths and globs in the repository
	relaxed      bool                // files need not be committed
}

// ReadOptions names what the module's artifacts are published as; without it
// the graph ends at the images.
type ReadOptions struct {
	Targets Targets
	// RunDir is a directory of this run for the rendered configuration, which may
	// hold secrets.
	RunDir string
}

// Targets are the references that publishing writes.
type Targets struct {
	Tag          string
	Bundle       string
	Release      string
	Registration string
	Channels     []Target // lowest first
}

// Target is one named reference.
type Target struct{ Name, Ref string }

// Read renders and parses werf.yaml of the project directory in the flags of
// the process and makes the graph. Errors are those of werf, explained.
func Read(ctx context.Context, p *werfenv.Process, opts ReadOptions) (*Config, error) {
	data := p.Flags.Data()
	if err := p.Flags.Set("config-render-path", opts.rendered()); err != nil {
		return nil, err
	}
	git, err := common.GetGiterminismManager(ctx, data)
	if err != nil {
		return nil, werferr.Config(err, werferr.ConfigOptions{})
	}
	from := werfsrc.Project{FS: os.DirFS(git.ProjectDir())}
	_, werf, err := common.GetRequiredWerfConfig(ctx, data, git, common.GetWerfConfigOptions(data, false))
	if err != nil {
		return nil, opts.explain(err, from)
	}
	return newConfig(ctx, p, git, from, werf, opts)
}

// rendered is the file for the rendered configuration.
func (o ReadOptions) rendered() string { return filepath.Join(o.RunDir, "werf.rendered.yaml") }

// newConfig makes the graph of a configuration that werf has parsed.
func newConfig(ctx context.Context, p *werfenv.Process, git *giterminism_manager.Manager, from werfsrc.Project, werf *config.WerfConfig, opts ReadOptions) (*Config, error) {
	c := &Config{
		Project:     werf.Meta.Project,
		Werf:        werf,
		Giterminism: git,
		Commit:      git.HeadCommit(ctx),
		project:     from,
		relaxed:     p.Flags.RelaxedGiterminism(),

		rendered:     opts.rendered(),
		dockerfiles:  map[string]string{},
		contextFiles: map[string][]string{},
	}
	var err error
	if c.Graph, err = c.makeGraph(ctx, opts.Targets); err != nil {
		return nil, err
	}
	return c, nil
}
