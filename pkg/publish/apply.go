package publish

import (
	"context"

	"github.com/modship/modship/pkg/internal/errkind"
	"github.com/modship/modship/pkg/remote"
)

// Apply does the writes of a plan, exactly those and in their order. It stops
// at the first that fails; everything written by then can be consumed, and
// planning and applying again resumes.
//
// A plan with a refused write is not begun: the error is [Plan.Refusal]'s. An
// error of kind [ErrStale] means that something which the plan takes for absent
// has appeared and that nothing was written: make the plan again.
func (s *Publisher) Apply(ctx context.Context, plan *Plan) error {
	if err := plan.Refusal(); err != nil {
		return err
	}
	if plan.unbuilt && plan.Changes() {
		return errkind.New(ErrUnbuilt, "the plan was made before the images were built")
	}
	a := &applier{Publisher: s, plan: plan}
	for _, do := range []func(context.Context) error{
		a.applyContent, a.prepare, a.applyVersion, a.applyRegistration, a.readBack, a.applyChannels,
	} {
		if err := do(ctx); err != nil {
			return err
		}
	}
	return nil
}

// applier applies one plan.
type applier struct {
	*Publisher
	plan    *Plan
	written []*step // the tags of the version that were written
	listed  bool    // the history was read with this run's own entry in it
}

// applyVersion writes the release image and then the bundle.
func (a *applier) applyVersion(ctx context.Context) error {
	if err := a.applyImage(ctx, a.plan.find(releaseTag)); err != nil {
		return err
	}
	bundle := a.plan.find(bundleTag)
	if bundle.writes() && !a.plan.carried {
		if err := a.client.TransferAttached(ctx, bundle.source, bundle.target.Repo); err != nil {
			return err
		}
	}
	return a.applyImage(ctx, bundle)
}

// applyImage puts a built image and its children at the step's tag.
func (a *applier) applyImage(ctx context.Context, step *step) error {
	if !step.writes() {
		return nil
	}
	manifest, err := a.client.FetchManifest(ctx, step.source)
	if err != nil {
		return err
	}
	if _, err := a.client.Transfer(ctx, step.source.Repo, step.target, manifest); err != nil {
		return err
	}
	*step.done = true
	a.written = append(a.written, step)
	return nil
}

func (a *applier) applyRegistration(ctx context.Context) error {
	step := a.plan.find(registrationTag)
	if !step.writes() {
		return nil
	}
	manifest, _, err := registrationImage()
	if err != nil {
		return err
	}
	_, err = a.client.PutManifest(ctx, step.target, manifest)
	*step.done = err == nil
	return err
}

// readBack checks that the version's tags are where they were put. A rival that
// published the bundle of another build in between is written over if the
// release image is ours: the two tags must be of one build.
func (a *applier) readBack(ctx context.Context) error {
	if len(a.written) == 0 {
		return nil
	}
	for round := 0; ; round++ {
		steps := []step{}
		for _, written := range a.written {
			steps = append(steps, *written)
		}
		if err := a.lookAt(ctx, steps); err != nil {
			return err
		}
		var lost *step
		for i := range steps {
			if steps[i].Current != steps[i].Desired && (lost == nil || steps[i].kind == releaseTag) {
				lost = &steps[i]
			}
		}
		if lost == nil {
			return nil
		}
		release, bundle := a.plan.find(releaseTag), a.plan.find(bundleTag)
		if lost.kind == releaseTag || release.Action == Keep || round >= attempts {
			return conflict(VersionOverwritten, "publish %s: %s was overwritten with different content meanwhile: %w", a.plan.Tag, lost.Ref, remote.ErrConflict)
		}
		manifest, err := a.client.FetchManifest(ctx, bundle.source)
		if err != nil {
			return err
		}
		if _, err := a.client.Transfer(ctx, bundle.source.Repo, bundle.target, manifest); err != nil {
			return err
		}
	}
}

// applyChannels moves the channels, the lowest first.
func (a *applier) applyChannels(ctx context.Context) error {
	for i := range a.plan.steps {
		if step := &a.plan.steps[i]; step.kind == channelTag && step.writes() {
			if err := a.applyChannel(ctx, step); err != nil {
				return err
			}
		}
	}
	return nil
}
