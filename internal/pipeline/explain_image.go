package pipeline

import (
	"context"

	"github.com/modship/modship/internal/build"
	"github.com/modship/modship/pkg/graph"
	"github.com/modship/modship/pkg/werfcfg"
)

// comparison is the module at one earlier commit.
type comparison struct {
	before  *werfcfg.Config
	changes map[string]string // path to how it changed
	impacts map[string]graph.Impact
}

func (e *explainer) compareWith(ctx context.Context, rev string) (*comparison, error) {
	since, err := e.since(ctx, rev)
	if err != nil {
		return nil, err
	}
	c := &comparison{before: since.Before, changes: map[string]string{}, impacts: map[string]graph.Impact{}}
	for _, change := range since.Changes {
		c.changes[change.Path] = change.Kind
	}
	for _, impact := range since.Affected(e.config.Graph) {
		c.impacts[impact.Name] = impact
	}
	return c, nil
}

// explainImage compares one image with what it was at a commit; c is nil when
// there is none.
func (e *explainer) explainImage(name string, c *comparison) Explanation {
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
	for _, id := range e.config.Graph.Needs(graph.ID(graph.Image, name)) {
		n, _ := e.config.Graph.Node(id)
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

// fromElsewhere reports whether an image is rebuilt for something that neither
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
