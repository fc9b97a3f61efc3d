package werfcfg

import (
	"context"
	"slices"
	"strings"

	"github.com/werf/werf/v2/pkg/config"

	"github.com/modship/modship/internal/werferr"
	"github.com/modship/modship/pkg/graph"
)

// Select returns the images to process for werf: the named ones (werf's
// patterns), or all, and with finalOnly only the final ones among them.
// LeftOut is how many images of the configuration are neither selected nor
// needed by a selected one.
//
// What no build of them could come to an end with is an error: images that need
// each other in a circle, a base that a template did not find, and files that
// are not committed.
func (c *Config) Select(ctx context.Context, names []string, finalOnly bool) (selected config.ImagesToProcess, leftOut int, err error) {
	selected, needed, err := c.selected(names, finalOnly)
	if err != nil {
		return selected, 0, err
	}
	images := imagesOf(needed)
	own := slices.DeleteFunc(slices.Clone(c.Problems), func(p graph.Problem) bool { return !slices.Contains(images, p.Image) })
	if err := refuse(slices.Concat(own, c.problemsOf(needed, graph.ProblemsOptions{}))); err != nil {
		return selected, 0, err
	}
	return selected, len(c.Werf.Images(false)) - len(images), c.checkCommitted(ctx, images)
}

// NearMisses reports the bases that are one typing error away from an image and
// so are pulled from a registry, of the images that Select selects and of what
// they need.
func (c *Config) NearMisses(names []string, finalOnly bool) ([]graph.Problem, error) {
	_, needed, err := c.selected(names, finalOnly)
	if err != nil {
		return nil, err
	}
	images := imagesOf(needed)
	return slices.DeleteFunc(c.problemsOf(c.Graph, graph.ProblemsOptions{}), func(p graph.Problem) bool {
		return p.Code != graph.ProblemNearMiss || !slices.Contains(images, p.Image)
	}), nil
}

// selected also returns the part of the graph that the selected images need.
func (c *Config) selected(names []string, finalOnly bool) (config.ImagesToProcess, *graph.Graph, error) {
	selected, err := config.NewImagesToProcess(c.Werf, names, finalOnly && len(names) == 0, false)
	if err != nil {
		return selected, nil, c.explain(err)
	}
	slices.Sort(selected.ImageNameList)
	slices.Sort(selected.FinalImageNameList)
	var ids []string
	for _, name := range selected.ImageNameList {
		ids = append(ids, graph.ID(graph.Image, name))
	}
	return selected, c.Graph.Closure(ids...), nil
}

// imagesOf are the names of the images in g.
func imagesOf(g *graph.Graph) []string {
	var names []string
	for _, n := range g.Nodes() {
		if n.Kind == graph.Image {
			names = append(names, n.Name)
		}
	}
	return names
}

// FindProblems reports what can be seen to be wrong with the configuration
// without a build.
func (c *Config) FindProblems(opts graph.ProblemsOptions) []graph.Problem {
	return slices.Concat(c.Problems, c.problemsOf(c.Graph, opts))
}

// problemsOf are the problems of the graph, with the files they are in.
func (c *Config) problemsOf(g *graph.Graph, opts graph.ProblemsOptions) []graph.Problem {
	opts.Spare = c.project.IsBaseKey()
	problems := graph.Problems(g, opts)
	for i, p := range problems {
		switch p.Code {
		case graph.ProblemCycle:
			var names []string
			for _, id := range g.Cycle() {
				n, _ := g.Node(id)
				names = append(names, n.Name)
			}
			problems[i].File = strings.Join(c.project.DefinedIn(names...), ", ")
			problems[i].Hint = c.project.CircleHint(names...)
		case graph.ProblemNoValue:
			files := c.project.DefinedIn(p.Image)
			problems[i].File = strings.Join(files, ", ")
			problems[i].Hint = c.project.NoValueHint(files)
		case graph.ProblemNearMiss:
			problems[i].File = strings.Join(c.project.DefinedIn(p.Image), ", ")
		}
	}
	return problems
}

// refuse makes an error of a problem that no build gets past.
func refuse(problems []graph.Problem) error {
	for _, p := range problems {
		if p.Code == graph.ProblemCycle || p.Code == graph.ProblemNoValue || p.Code == problemNoBase {
			return &Error{Kind: werferr.Module, Message: p.Message, Hint: p.Hint}
		}
	}
	return nil
}
