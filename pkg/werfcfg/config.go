// Package werfcfg reads a module's werf.yaml with werf's own renderer and
// parser and makes the build graph of it. It is the only reader of werf.yaml.
package werfcfg

import (
	"context"
	"errors"
	"path/filepath"
	"slices"

	"github.com/werf/werf/v2/cmd/werf/common"
	"github.com/werf/werf/v2/pkg/config"
	"github.com/werf/werf/v2/pkg/giterminism_manager"

	"github.com/modship/modship/pkg/exit"
	"github.com/modship/modship/pkg/graph"
	"github.com/modship/modship/pkg/werfenv"
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
	Sections    map[string]Section // by image name; may hold secrets: not to be printed

	meta Section
}

// ReadOptions names what the module's artifacts are published as; without it
// the graph ends at the images.
type ReadOptions struct {
	Targets Targets
	// RunDir is a folder of this run for the rendered configuration, which may
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
	rendered := filepath.Join(opts.RunDir, "werf.rendered.yaml")
	if err := p.Flags.Set("config-render-path", rendered); err != nil {
		return nil, err
	}
	git, err := common.GetGiterminismManager(ctx, data)
	if err != nil {
		return nil, explain(err)
	}
	_, werf, err := common.GetRequiredWerfConfig(ctx, data, git, common.GetWerfConfigOptions(data, false))
	if err != nil {
		return nil, explain(err)
	}
	c := &Config{
		Project:     werf.Meta.Project,
		Werf:        werf,
		Giterminism: git,
		Commit:      git.HeadCommit(ctx),
	}
	if c.Sections, c.meta, err = readSections(rendered); err != nil {
		return nil, err
	}
	if c.Graph, err = c.makeGraph(ctx, opts.Targets); err != nil {
		return nil, err
	}
	return c, nil
}

// Select returns the images to process for werf: the named ones (werf's
// patterns), or all, and with finalOnly only the final ones among them.
// LeftOut is how many images of the configuration are neither selected nor
// needed by a selected one.
func (c *Config) Select(names []string, finalOnly bool) (selected config.ImagesToProcess, leftOut int, err error) {
	selected, err = config.NewImagesToProcess(c.Werf, names, finalOnly && len(names) == 0, false)
	if err != nil {
		return selected, 0, explain(err)
	}
	slices.Sort(selected.ImageNameList)
	slices.Sort(selected.FinalImageNameList)
	var ids []string
	for _, name := range selected.ImageNameList {
		ids = append(ids, graph.ID(graph.Image, name))
	}
	needed, err := countBuildable(c.Graph.Closure(ids...))
	return selected, len(c.Werf.Images(false)) - needed, err
}

// countBuildable counts the images of g. One whose base a template did not
// find would fail only after others are built.
func countBuildable(g *graph.Graph) (images int, err error) {
	for _, n := range g.Nodes() {
		if n.Kind == graph.Image {
			images++
		}
	}
	for _, p := range graph.Problems(g, graph.ProblemsOptions{}) {
		if p.Code == graph.ProblemNoValue {
			return images, exit.With(exit.Failed, errors.New(p.Message), p.Hint)
		}
	}
	return images, nil
}
