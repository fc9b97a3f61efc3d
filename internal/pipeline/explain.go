package pipeline

import (
	"context"
	"slices"

	"github.com/modship/modship/internal/build"
	"github.com/modship/modship/internal/git"
	"github.com/modship/modship/pkg/graph"
)

// Explanation says why an image is not the one of before.
type Explanation struct {
	Image  string       `json:"image"`
	Action build.Action `json:"action,omitempty"` // of the plan; empty when compared with a commit
	Stage  string       `json:"stage"`            // the first that differs; empty if nothing does
	Since  string       `json:"since"`            // the commit compared with; empty if it was never built
	Causes []Cause      `json:"causes"`           // own inputs that differ
	Needs  []string     `json:"needs"`            // images it needs that are not those of before
}

// Cause is one input that differs.
type Cause struct {
	Kind  string `json:"kind"`            // file, instruction, base, new, environment
	What  string `json:"what"`            // path, key or reference
	How   string `json:"how"`             // added, removed, changed, mode
	Stage string `json:"stage,omitempty"` // the stage it is in
}

// Explain finds out why images are not those in the repository, or with since
// not those of that commit. Without names it explains all that are not.
func Explain(ctx context.Context, opts Options, names []string, since string) ([]Explanation, error) {
	r := &run{opts: opts, planOnly: true, readOnly: since != ""}
	e := &explainer{run: r, since: map[string]string{}}
	_, err := r.steps(ctx, []step{
		{"prepare", r.prepare},
		{"read the repository", r.read},
		{"check the arguments", func(context.Context) error { return e.choose(names) }},
		{"find what to compare with", func(ctx context.Context) error { return e.findSince(ctx, since) }},
		{"compare", e.compare},
	})
	return e.explained, err
}

// differs tells whether there is anything to explain.
func (x Explanation) differs() bool {
	return x.Action == build.Rebuild || x.Action == build.Deferred || len(x.Causes)+len(x.Needs) > 0
}

type explainer struct {
	*run
	plan      *build.Plan       // nil when compared with a commit
	names     []string          // images to explain; nil for all that differ
	since     map[string]string // by image: the commit to compare with
	variables []string          // whose values differ from those of the last build on this machine
	explained []Explanation
}

func (e *explainer) choose(names []string) error {
	if err := e.checkNames(names); err != nil {
		return err
	}
	e.names = names
	return nil
}

// findSince decides for each image the commit to compare with: the given one,
// else the nearest in the history from which the repository has it.
func (e *explainer) findSince(ctx context.Context, since string) error {
	if since != "" {
		for _, name := range e.result.Config.Werf.GetImageNameList(false) {
			e.since[name] = since
		}
		return nil
	}
	var err error
	if e.variables, err = e.changedVariables(); err != nil {
		return err
	}
	opts := e.buildOptions()
	opts.Images = e.names
	if err := e.noteSurprises(opts); err != nil {
		return err
	}
	if err := e.reach(); err != nil {
		return err
	}
	if e.plan, err = build.MakePlan(e.werfCtx, e.process, e.result.Config, opts); err != nil {
		return err
	}
	commits, err := git.At(e.opts.Settings.Dir.Value).History(ctx, e.result.Config.Commit)
	if err != nil {
		return err
	}
	for _, img := range e.plan.Images {
		for _, commit := range commits {
			if slices.Contains(e.plan.Commits[img.Name], commit) {
				e.since[img.Name] = commit
				break
			}
		}
	}
	return nil
}

// compare explains the images, reading each earlier commit once.
func (e *explainer) compare(ctx context.Context) error {
	comparisons := map[string]*comparison{}
	for _, name := range e.wanted() {
		since := e.since[name]
		if comparisons[since] == nil && since != "" {
			c, err := e.compareWith(ctx, since)
			if err != nil {
				return err
			}
			comparisons[since] = c
		}
		explained := e.explain(name, comparisons[since])
		if len(e.names) > 0 || explained.differs() {
			e.explained = append(e.explained, explained)
		}
	}
	return nil
}

// wanted are the images to explain, sorted.
func (e *explainer) wanted() []string {
	if len(e.names) > 0 {
		return e.names
	}
	var names []string
	if e.plan == nil {
		for _, n := range e.result.Config.Graph.Published().Nodes() {
			if n.Kind == graph.Image {
				names = append(names, n.Name)
			}
		}
		return names
	}
	for _, img := range e.plan.Images {
		if img.Action != build.Reuse {
			names = append(names, img.Name)
		}
	}
	return names
}
