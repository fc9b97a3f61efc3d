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
	for _, impact := range graph.Affected(since.Before.Graph, e.result.Config.Graph, Paths(since.Changes)) {
		c.impacts[impact.Name] = impact
	}
	return c, nil
}

func (e *explainer) explain(name string, c *comparison) Explanation {
	x := Explanation{Image: name, Causes: []Cause{}, Needs: []string{}}
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
	for _, id := range e.result.Config.Graph.Needs(graph.ID(graph.Image, name)) {
		n, _ := e.result.Config.Graph.Node(id)
		if _, affected := c.impacts[n.Name]; affected && n.Kind == graph.Image {
			x.Needs = append(x.Needs, n.Name)
		}
	}
	if x.Stage == "" && x.differs() {
		x.Stage = firstStage(x)
	}
	if len(x.Causes)+len(x.Needs) == 0 && x.Action == build.Rebuild {
		x.Causes = append(x.Causes, e.environmentCauses()...)
	}
	return x
}

// environmentCauses explain a rebuild for which no file and no line of
// werf.yaml differs.
func (e *explainer) environmentCauses() []Cause {
	if len(e.variables) == 0 {
		return []Cause{{
			Kind: "environment", How: "changed",
			What: "no file and no line of werf.yaml differs: an environment variable that the templates read, --env, or what else was built in this repository",
		}}
	}
	var causes []Cause
	for _, name := range e.variables {
		causes = append(causes, Cause{Kind: "environment", How: "changed", What: name + " is not what it was at the last build on this machine"})
	}
	return causes
}

// causes are the image's own inputs that differ.
func (e *explainer) causes(name string, c *comparison) []Cause {
	impact, affected := c.impacts[name]
	if !affected || !impact.Direct {
		return nil
	}
	before, known := c.before.Sections[name]
	if !known {
		return []Cause{{Kind: "new", What: name, How: "added", Stage: "from"}}
	}
	var causes []Cause
	for _, key := range werfcfg.ChangedKeys(before, e.result.Config.Sections[name]) {
		causes = append(causes, e.keyCause(name, key, c))
	}
	for _, cause := range impact.Causes {
		if how, isFile := c.changes[cause]; isFile {
			causes = append(causes, Cause{Kind: "file", What: cause, How: how, Stage: e.result.Config.StageOfFile(name, cause)})
		}
	}
	if len(causes) == 0 {
		causes = append(causes, Cause{Kind: "instruction", What: "Dockerfile", How: "changed", Stage: "dockerfile"})
	}
	return causes
}

// keyCause describes a changed key; of a base it also tells the references.
func (e *explainer) keyCause(name, key string, c *comparison) Cause {
	cause := Cause{Kind: "instruction", What: key, How: "changed", Stage: werfcfg.StageOfKey(key)}
	if key != "from" && key != "fromImage" {
		return cause
	}
	cause.Kind = "base"
	cause.What = fmt.Sprintf("%s -> %s", baseOf(c.before.Sections[name]), baseOf(e.result.Config.Sections[name]))
	return cause
}

// baseOf is what an image starts from, under either of its two keys.
func baseOf(s werfcfg.Section) string {
	for _, key := range []string{"from", "fromImage"} {
		if v, ok := s[key].(string); ok {
			return v
		}
	}
	return "nothing"
}

// firstStage is the first stage that a cause is in. An image that is needed
// enters at one of the stages for dependencies, or as the base.
func firstStage(x Explanation) string {
	first := ""
	for _, c := range x.Causes {
		if c.Stage != "" && (first == "" || werfcfg.StageBefore(c.Stage, first)) {
			first = c.Stage
		}
	}
	if first == "" && len(x.Needs) > 0 {
		return "dependencies"
	}
	return first
}
