package build

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/werf/logboek"
	"github.com/werf/werf/v2/pkg/build"
	"github.com/werf/werf/v2/pkg/build/image"
	"github.com/werf/werf/v2/pkg/config"

	"github.com/modship/modship/internal/werfenv"
	"github.com/modship/modship/internal/werferr"
	"github.com/modship/modship/pkg/schedule"
	"github.com/modship/modship/pkg/werfcfg"
)

// Action is what a build will do about an image.
type Action string

// The actions.
const (
	Reuse    Action = "reuse"    // everything is in the repository
	Rebuild  Action = "rebuild"  // a stage is missing in the repository
	Deferred Action = "deferred" // decided by the outcome of an image that will be rebuilt
)

// ImagePlan is what a build will do about one image.
type ImagePlan struct {
	Name   string `json:"name"`
	Action Action `json:"action"`
	Stage  string `json:"stage"`  // rebuild: the first stage that is missing
	Reason string `json:"reason"` // one sentence; reuse: empty, but for a copy
	Tag    string `json:"tag"`    // reuse: the content tag
	Digest string `json:"digest"` // reuse: of the manifest; empty for a copy, which is decided by copying
	Final  bool   `json:"final"`
}

// Plan is what a build with the same options will do. What it says of an image
// holds for a build of the same commit against the same repositories.
type Plan struct {
	Images  []ImagePlan // sorted by name
	LeftOut int
	// Commits are the full hashes of those from which each image was built
	// before, in no order.
	Commits map[string][]string
	// Stages are the tags of what was built from these commits, by image and
	// commit.
	Stages map[string]map[string]string
	Work   []schedule.Task // what has to be built

	reused []string // ids of tasks with nothing to do
}

// MakePlan finds out what Build would do with the same options. It reads the
// repository and the secondary repositories and writes nothing to any, nor to
// the git repository: where Build fetches the history of a shallow clone, it
// takes what is there.
func MakePlan(ctx context.Context, p *werfenv.Process, c *werfcfg.Config, opts Options) (*Plan, error) {
	selected, leftOut, err := c.Select(ctx, opts.Images, opts.FinalOnly)
	if err != nil {
		return nil, err
	}
	defer c.DoNotFetch()()
	b, err := newBuilder(ctx, p, c, selected, opts)
	if err != nil {
		return nil, err
	}
	defer b.lookAhead(ctx)()
	plan, err := b.plan(ctx)
	if err != nil {
		return nil, err
	}
	plan.LeftOut = leftOut
	return plan, b.findBuilt(ctx, plan)
}

// plan looks up all images with a conveyor of its own.
func (b *builder) plan(ctx context.Context) (*Plan, error) {
	storage := newReadOnly(b.storage)
	conveyor := b.newConveyor(storage)
	defer func() { _ = conveyor.Terminate(context.WithoutCancel(ctx)) }()
	units, err := b.prepareUnits(ctx, conveyor)
	if err != nil {
		return nil, err
	}
	phase := build.NewBuildPhase(conveyor, build.BuildPhaseOptions{BuildOptions: b.build, ShouldBeBuiltMode: true})
	if err := phase.BeforeImages(ctx); err != nil {
		return nil, b.explain(err)
	}
	planner := &planner{builder: b, phase: phase, storage: storage, units: map[string]unit{}, plans: map[string]ImagePlan{}}
	if err := planner.run(ctx, units); err != nil {
		return nil, err
	}
	return planner.result(), nil
}

// planWorkers is how many images are looked up at once: a look-up waits for
// the registry most of the time.
const planWorkers = 16

type planner struct {
	*builder
	phase   *build.BuildPhase
	storage *readOnly
	units   map[string]unit

	mu    sync.Mutex
	plans map[string]ImagePlan // by unit id
}

func (p *planner) run(ctx context.Context, units []unit) error {
	var tasks []schedule.Task
	for _, u := range units {
		p.units[u.id] = u
		tasks = append(tasks, schedule.Task{ID: u.id, Needs: u.needs})
	}
	// The schedule's own context ends with the first failure. A git command of
	// werf that is cancelled ends the context of the whole run, and what comes
	// next fails with that instead of the cause: look-ups are short, they may end.
	_, err := schedule.Do(ctx, tasks, schedule.DoOptions{Workers: planWorkers},
		func(_ context.Context, id string) error { return p.do(ctx, id) })
	if err == nil {
		return nil
	}
	return p.explain(firstCause(err))
}

// firstCause is the failure, of several that of the first image by name, or err
// itself if nothing failed on its own.
func firstCause(err error) error {
	if failed, ok := errors.AsType[*schedule.Error](err); ok {
		for _, id := range slices.Sorted(maps.Keys(failed.Failed)) {
			return failed.Failed[id]
		}
	}
	return err
}

func (p *planner) do(ctx context.Context, id string) error {
	u := p.units[id]
	plan := ImagePlan{Name: u.name, Final: u.final}
	if reason := p.undecided(u); reason != "" {
		plan.Action, plan.Reason = Deferred, reason
	} else if err := p.look(ctx, u, &plan); err != nil {
		return fmt.Errorf("image %s: %w", u.name, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.plans[id] = plan
	return nil
}

// undecided says what has to happen before it can be known what an image is.
func (p *planner) undecided(u unit) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var missing, copied []string
	for _, id := range u.needs {
		switch need := p.plans[id]; {
		case need.Action != Reuse:
			missing = append(missing, need.Name)
		case need.Digest == "":
			copied = append(copied, need.Name)
		}
	}
	slices.Sort(missing)
	slices.Sort(copied)
	// The digest of an image in local storage is made by copying it. For a
	// Dockerfile it may be the value of an argument; of what a stapel image
	// depends on only the name counts.
	_, isDockerfile := p.config.Werf.GetImage(u.image).(*config.ImageFromDockerfile)
	switch {
	case len(missing) > 0:
		return "decided after " + strings.Join(missing, ", ") + " is built"
	case len(copied) > 0 && isDockerfile:
		return "decided after " + strings.Join(copied, ", ") + " is copied from a secondary repository"
	default:
		return ""
	}
}

// look looks up the image's stages until one is missing.
func (p *planner) look(ctx context.Context, u unit, plan *ImagePlan) error {
	missing, err := lookUp(ctx, p.phase, u, func(img *image.Image) {
		desc := img.GetLastNonEmptyStage().GetStageImage().Image.GetStageDesc()
		plan.Action, plan.Tag, plan.Digest, plan.Reason = Reuse, desc.Info.Tag, desc.Info.GetDigest(), ""
		if p.storage.isCopy(desc.Info.Name) {
			plan.Digest, plan.Reason = "", "is copied from a secondary repository"
		}
	})
	switch {
	case errors.Is(err, errNotCopied):
		plan.Action, plan.Reason = Deferred, "decided after what it needs is copied from a secondary repository"
		return nil
	case errors.Is(err, werfenv.ErrLookUp):
		plan.Action, plan.Reason = Deferred, "decided by the files that it imports, which are not read without the rights of a build"
		return nil
	case err != nil:
		return err
	case missing != nil:
		plan.Action, plan.Stage, plan.Reason = Rebuild, missing.name, stageReason(missing.name, missing.isFirst)
	}
	return nil
}

// missingStage is the first stage of an image that is not in the repository.
type missingStage struct {
	name    string
	isFirst bool
}

// lookUp takes the stages of a unit's images through a phase of werf's that
// builds nothing, and calls found for each image that is complete. It returns
// the first stage that is missing, nil if none is.
func lookUp(ctx context.Context, phase *build.BuildPhase, u unit, found func(*image.Image)) (*missingStage, error) {
	var discarded strings.Builder
	ctx = logboek.NewContext(ctx, logboek.Context(ctx).NewSubLogger(&discarded, &discarded))
	for _, set := range u.sets {
		for _, img := range set {
			phase := phase.Clone()
			cleanup, err := phase.BeforeImageStages(ctx, img)
			if cleanup != nil {
				defer cleanup()
			}
			if err != nil {
				return nil, err
			}
			for i, stage := range img.GetStages() {
				err := phase.OnImageStage(ctx, img, stage)
				if err != nil && strings.HasSuffix(err.Error(), werferr.StagesRequired) {
					return &missingStage{string(stage.Name()), i == 0}, nil
				}
				if err != nil {
					return nil, err
				}
			}
			if err := phase.AfterImageStages(ctx, img); err != nil {
				return nil, err
			}
			found(img)
		}
	}
	return nil, nil
}

func (p *planner) result() *Plan {
	plan := &Plan{}
	var units []unit
	for _, id := range slices.Sorted(maps.Keys(p.plans)) {
		plan.Images = append(plan.Images, p.plans[id])
		if p.plans[id].Action == Reuse {
			plan.reused = append(plan.reused, id)
			continue
		}
		u := p.units[id]
		u.needs = slices.DeleteFunc(slices.Clone(u.needs), func(need string) bool { return p.plans[need].Action == Reuse })
		units = append(units, u)
	}
	plan.Work = p.tasks(units)
	slices.SortFunc(plan.Images, func(a, b ImagePlan) int { return compare(a.Name, b.Name) })
	return plan
}

func (p *Plan) names() []string {
	var names []string
	for _, image := range p.Images {
		names = append(names, image.Name)
	}
	return names
}

// Image returns the plan of the image of that name.
func (p *Plan) Image(name string) (ImagePlan, bool) {
	for _, image := range p.Images {
		if image.Name == name {
			return image, true
		}
	}
	return ImagePlan{}, false
}

// Changes reports whether a build would do anything.
func (p *Plan) Changes() bool {
	return slices.ContainsFunc(p.Images, func(i ImagePlan) bool { return i.Action != Reuse })
}
