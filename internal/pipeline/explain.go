package pipeline

import (
	"context"
	"fmt"
	"slices"

	"github.com/modship/modship/internal/build"
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
	Kind  string `json:"kind"`            // file, instruction, base, new, environment, werf
	What  string `json:"what"`            // path, key or reference
	How   string `json:"how"`             // added, removed, changed, mode
	Stage string `json:"stage,omitempty"` // the stage it is in
}

// String describes the cause in a few words.
func (c Cause) String() string {
	switch c.Kind {
	case "file":
		return fmt.Sprintf("file %s %s (stage %s)", c.What, c.How, c.Stage)
	case "instruction":
		return fmt.Sprintf("%s changed (stage %s)", c.What, c.Stage)
	case "base":
		return "base " + c.What
	case "new":
		return "new: " + c.What
	default:
		return c.What
	}
}

// Explain finds out why images are not those in the repository, or with since
// not those of that commit. Without names it explains all that are not.
func Explain(ctx context.Context, opts Options, names []string, since string) ([]Explanation, error) {
	j := newJob(opts)
	j.dry, j.readOnly = true, since != ""
	return j.explain(ctx, names, since)
}

func (j *job) explain(ctx context.Context, names []string, since string) (explained []Explanation, err error) {
	_, err = j.run(ctx, func(j *job, ctx context.Context, result *Result) error {
		source, ctx, err := j.open(ctx, result)
		if err != nil {
			return err
		}
		defer source.close()
		if err := step(ctx, "check the arguments", func(context.Context) error { return source.checkNames(names) }); err != nil {
			return err
		}
		var e *explainer
		if err := step(ctx, "find what to compare with", func(ctx context.Context) error {
			e, err = source.newExplainer(ctx, names, since)
			return err
		}); err != nil {
			return err
		}
		return step(ctx, "compare", func(ctx context.Context) error {
			explained, err = e.compare(ctx)
			return err
		})
	})
	return explained, err
}

// differs reports whether there is anything to explain.
func (x Explanation) differs() bool {
	return x.Action == build.Rebuild || x.Action == build.Deferred || len(x.Causes)+len(x.Needs) > 0
}

// explainer explains images of a source.
type explainer struct {
	*source
	names     []string          // images to explain; nil for all that differ
	plan      *build.Plan       // nil when compared with a commit
	commits   map[string]string // by image: the commit to compare with
	variables []string          // whose values differ from those of the last build on this machine
}

// newExplainer decides for each image the commit to compare with: the given
// one, else the nearest in the history from which the repository has it.
func (s *source) newExplainer(ctx context.Context, names []string, since string) (*explainer, error) {
	e := &explainer{source: s, names: names, commits: map[string]string{}}
	if since != "" {
		for _, n := range s.config.Graph.Nodes() {
			e.commits[n.Name] = since
		}
		return e, nil
	}
	e.variables = s.changedVariables()
	var err error
	if e.plan, err = s.planBuild(ctx, names); err != nil {
		return nil, err
	}
	history, err := s.Git.History(ctx, s.config.Commit)
	if err != nil {
		return nil, err
	}
	for _, img := range e.plan.Images {
		if i := slices.IndexFunc(history, func(commit string) bool { return slices.Contains(e.plan.Commits[img.Name], commit) }); i >= 0 {
			e.commits[img.Name] = history[i]
		}
	}
	return e, nil
}

// compare explains the images, reading each earlier commit once.
func (e *explainer) compare(ctx context.Context) ([]Explanation, error) {
	var list []Explanation
	comparisons := map[string]*comparison{}
	for _, name := range e.wanted() {
		commit := e.commits[name]
		if comparisons[commit] == nil && commit != "" {
			c, err := e.compareWith(ctx, commit)
			if err != nil {
				return nil, err
			}
			comparisons[commit] = c
		}
		explained := e.explainImage(name, comparisons[commit])
		if len(e.names) > 0 || explained.differs() {
			list = append(list, explained)
		}
	}
	return list, nil
}

// wanted are the images to explain, sorted.
func (e *explainer) wanted() []string {
	if len(e.names) > 0 {
		return e.names
	}
	var names []string
	if e.plan == nil {
		for _, n := range e.config.Graph.Published().Nodes() {
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
