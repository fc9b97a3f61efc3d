package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/modship/modship/pkg/build"
	"github.com/modship/modship/pkg/exit"
	"github.com/modship/modship/pkg/graph"
	"github.com/modship/modship/pkg/werfcfg"
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
	for _, name := range names {
		if e.result.Config.Werf.GetImage(name) == nil {
			hint := "`modship graph --all` lists the images."
			if near, ok := graph.Near(name, e.result.Config.Werf.GetImageNameList(false)); ok {
				hint = fmt.Sprintf("Did you mean %s?", near)
			}
			return exit.With(exit.Usage, fmt.Errorf("werf.yaml defines no image %q", name), hint)
		}
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
	if e.plan, err = build.MakePlan(e.werfCtx, e.process, e.result.Config, opts); err != nil {
		return err
	}
	history, err := gitOutput(ctx, e.opts.Settings.Dir.Value, "rev-list", e.result.Config.Commit)
	if err != nil {
		return err
	}
	commits := strings.Split(history, "\n")
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

// comparison is the module at one earlier commit.
type comparison struct {
	before  *werfcfg.Config
	changes map[string]string // path to how it changed
	impacts map[string]graph.Impact
}

func (e *explainer) compareWith(ctx context.Context, rev string) (*comparison, error) {
	since := &Since{}
	if err := e.readSince(ctx, rev, since); err != nil {
		return nil, err
	}
	c := &comparison{before: since.Before, changes: map[string]string{}, impacts: map[string]graph.Impact{}}
	for _, change := range since.Changes {
		c.changes[change.Path] = change.Kind
	}
	for _, impact := range since.Affected(e.result.Config.Graph) {
		c.impacts[impact.Name] = impact
	}
	return c, nil
}

// explain compares one image with what it was at a commit; c is nil when there
// is none.
func (e *explainer) explain(name string, c *comparison) Explanation {
	x := Explanation{Image: name, Causes: []Cause{}, Needs: e.changedNeeds(name, c)}
	if e.plan != nil {
		img, _ := e.plan.Image(name)
		x.Action, x.Stage = img.Action, img.Stage
	}
	if c == nil {
		x.Causes = append(x.Causes, Cause{Kind: "new", What: "the repository has no build of it from a commit of this history", How: "added"})
		return x
	}
	x.Since = c.before.Commit
	x.Causes = append(x.Causes, e.causes(name, c)...)
	if x.Stage == "" && x.differs() {
		x.Stage = firstStage(x)
	}
	if e.fromElsewhere(x) {
		x.Causes = append(x.Causes, e.environmentCauses()...)
	}
	return x
}

// changedNeeds are the images an image needs that are not those of before: by
// what the commits say, and by what the plan says, which knows of more than
// commits.
func (e *explainer) changedNeeds(name string, c *comparison) []string {
	needs := []string{}
	for _, id := range e.result.Config.Graph.Needs(graph.ID(graph.Image, name)) {
		n, _ := e.result.Config.Graph.Node(id)
		if n.Kind != graph.Image {
			continue
		}
		changes := false
		if c != nil {
			_, changes = c.impacts[n.Name]
		}
		if e.plan != nil && !changes {
			img, planned := e.plan.Image(n.Name)
			changes = planned && img.Action != build.Reuse
		}
		if changes {
			needs = append(needs, n.Name)
		}
	}
	return needs
}

// fromElsewhere tells whether an image is rebuilt for something that neither
// its causes nor the images it needs explain.
func (e *explainer) fromElsewhere(x Explanation) bool {
	switch {
	case x.Action != build.Rebuild || len(x.Needs) > 0:
		return false
	case len(x.Causes) == 0:
		return true
	}
	first := firstStage(x)
	return len(e.variables) > 0 && werfcfg.IsStage(x.Stage) && first != "gitLatestPatch" && werfcfg.StageBefore(x.Stage, first)
}
