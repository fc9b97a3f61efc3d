package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
)

// An observation is what was foretold of one build and what it did.
type observation struct {
	repository string
	planText   string
	plan       foretold
	planWrote  []string // requests of the plan that could change the registry
	built      map[string]reported
	report     builtStages

	comparable    bool              // the last build differs in the commit only
	affected      affectedSince     // since the commit of the last build
	before, after map[string]string // content digests by image
}

// foretold is the part of `modship plan --format json` about images.
type foretold struct {
	Images []foretoldImage
}

type foretoldImage struct{ Name, Action, Stage, Reason, Tag, Digest string }

// builtStages is the part of werf's build report about stages.
type builtStages struct {
	Images map[string]struct{ Stages []builtStage }
}

type builtStage struct {
	Name, DockerTag string
	Rebuilt         bool
}

// affectedSince is `modship graph --affected-since --format json`.
type affectedSince struct {
	Images []struct {
		Name   string
		Causes []string
	}
}

// check returns the changes outside the plan, and the images that changed without being
// affected.
func (o *observation) check() []string {
	var wrong []string
	for _, write := range o.planWrote {
		wrong = append(wrong, "the plan wrote: "+write)
	}
	planned := map[string]bool{}
	for _, p := range o.plan.Images {
		planned[p.Name] = true
		if w := o.checkImage(p); w != "" {
			wrong = append(wrong, fmt.Sprintf("image %s, planned %s %s: %s", p.Name, p.Action, p.Stage, w))
		}
	}
	for name := range o.built {
		if !planned[name] && !planned[stagedOwner(name)] {
			wrong = append(wrong, "image "+name+" was built and not planned")
		}
	}
	for _, name := range o.changed() {
		if !o.isAffected(name) {
			wrong = append(wrong, "image "+name+" is another one and was not said to be affected")
		}
	}
	slices.Sort(wrong)
	return wrong
}

func (o *observation) checkImage(p foretoldImage) string {
	built, ok := o.built[p.Name]
	if !ok {
		return "it was not built"
	}
	switch p.Action {
	case "reuse":
		return o.checkReused(p, built)
	case "rebuild":
		return o.checkRebuilt(p)
	case "deferred":
		return o.checkDeferred(p)
	default:
		return "no such action"
	}
}

func (o *observation) checkReused(p foretoldImage, built reported) string {
	switch {
	case built.Rebuilt:
		return "it was rebuilt"
	case built.Ref != o.repository+":"+p.Tag:
		return fmt.Sprintf("it is %s, planned tag %s", built.Ref, p.Tag)
	case p.Digest == "" && p.Reason == "is copied from a secondary repository":
	case built.Digest != p.Digest:
		return fmt.Sprintf("its digest is %s, planned %s", built.Digest, p.Digest)
	}
	for _, stage := range o.stages(p.Name) {
		if stage.Rebuilt {
			return "its stage " + stage.Name + " was rebuilt"
		}
	}
	return ""
}

// checkRebuilt wants the planned stage to be the first one that was built. Of a
// staged Dockerfile, whose stages are built as images of their own, that is the
// first one of one of them.
func (o *observation) checkRebuilt(p foretoldImage) string {
	var firsts []string
	for _, stages := range append(o.hidden(p.Name), o.report.Images[p.Name].Stages) {
		i := slices.IndexFunc(stages, func(s builtStage) bool {
			// An equal stage of another image may have been built for both.
			return s.Rebuilt || s.Name == p.Stage && o.builtElsewhere(s.DockerTag)
		})
		if i >= 0 {
			firsts = append(firsts, stages[i].Name)
		}
	}
	if slices.Contains(firsts, p.Stage) {
		return ""
	}
	return fmt.Sprintf("the first stage that was built is %q of %v", firsts, o.stages(p.Name))
}

func (o *observation) builtElsewhere(tag string) bool {
	for name := range o.report.Images {
		for _, stage := range o.report.Images[name].Stages {
			if stage.Rebuilt && stage.DockerTag == tag {
				return true
			}
		}
	}
	return false
}

// checkDeferred wants an image that the decision can hang on.
func (o *observation) checkDeferred(p foretoldImage) string {
	for _, other := range o.plan.Images {
		if other.Name != p.Name && strings.Contains(p.Reason, other.Name) && other.Action != "reuse" {
			return ""
		}
	}
	if strings.Contains(p.Reason, "secondary repository") {
		return ""
	}
	return "it waits for no image that will be built: " + p.Reason
}

// stages are those of an image.
func (o *observation) stages(name string) []builtStage {
	return append(slices.Concat(o.hidden(name)...), o.report.Images[name].Stages...)
}

// hidden are the stages of a staged Dockerfile, which the report tells of as
// images of their own.
func (o *observation) hidden(name string) [][]builtStage {
	var hidden [][]builtStage
	for _, other := range slices.Sorted(maps.Keys(o.report.Images)) {
		if stagedOwner(other) == name {
			hidden = append(hidden, o.report.Images[other].Stages)
		}
	}
	return hidden
}

// stagedOwner is the image of a staged Dockerfile that a hidden image is a
// stage of; empty for others.
func stagedOwner(name string) string {
	owner, _, hidden := strings.Cut(name, "/stage/")
	if !hidden {
		return ""
	}
	return owner
}

// changed are the images whose content digest is another one than before.
func (o *observation) changed() []string {
	var names []string
	for name, digest := range o.after {
		if o.comparable && stagedOwner(name) == "" && o.before[name] != digest {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// spared are the affected images that are what they were.
func (o *observation) spared() []string {
	var names []string
	for _, a := range o.affected.Images {
		if digest, built := o.after[a.Name]; built && o.before[a.Name] == digest {
			names = append(names, a.Name+" "+strings.Join(a.Causes, ","))
		}
	}
	return names
}

// String returns the step as a line of a log.
func (o *observation) String() string {
	built := 0
	for _, image := range o.built {
		if image.Rebuilt {
			built++
		}
	}
	return fmt.Sprintf("%d of %d images built, %d affected, other digests: %q, affected in vain: %q",
		built, len(o.built), len(o.affected.Images), o.changed(), o.spared())
}

func (o *observation) isAffected(name string) bool {
	for _, a := range o.affected.Images {
		if a.Name == name {
			return true
		}
	}
	return false
}

// A tally counts what came of each kind of edit.
type tally struct {
	mu    sync.Mutex
	kinds map[string]*tallied
}

type tallied struct {
	edits, reuse, rebuild, deferred, deferredBuilt int
	compared, affected, changed, spared            int // spared: affected, and the same digest
}

func newTally() *tally { return &tally{kinds: map[string]*tallied{}} }

func (c *tally) add(kind string, o *observation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, name := range []string{kind, "zz all"} {
		if c.kinds[name] == nil {
			c.kinds[name] = &tallied{}
		}
		c.kinds[name].add(o)
	}
}

func (k *tallied) add(o *observation) {
	k.edits++
	for _, p := range o.plan.Images {
		switch p.Action {
		case "reuse":
			k.reuse++
		case "rebuild":
			k.rebuild++
		default:
			k.deferred++
			if o.built[p.Name].Rebuilt {
				k.deferredBuilt++
			}
		}
	}
	if !o.comparable {
		return
	}
	k.compared++
	k.changed += len(o.changed())
	spared := len(o.spared())
	k.affected += spared + len(o.changed())
	k.spared += spared
}

// String is a table.
func (c *tally) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "edit\tbuilds\treuse\trebuild\tdeferred\tof them built\tcompared\taffected\tanother digest\tsame digest")
	for _, kind := range slices.Sorted(maps.Keys(c.kinds)) {
		k := c.kinds[kind]
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\n", strings.TrimPrefix(kind, "zz "),
			k.edits, k.reuse, k.rebuild, k.deferred, k.deferredBuilt, k.compared, k.affected, k.changed, k.spared)
	}
	_ = w.Flush() // a strings.Builder takes everything
	return text.String()
}
