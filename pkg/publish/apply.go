package publish

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/pkg/remote"
)

// Apply does the writes of a plan, exactly those and in their order. It stops
// at the first that fails; what is written by then can be consumed, and
// planning and applying again resumes. When something that the plan takes for
// absent appears before the first write, the plan is made again and changes.
//
// A plan with a refused write is not begun: the error is [Plan.Refusal]'s.
func (s *Publisher) Apply(ctx context.Context, plan *Plan) error {
	if err := plan.Refusal(); err != nil {
		return err
	}
	if plan.unbuilt && plan.Changes() {
		return exit.With(exit.Failed, errors.New("the plan was made before the images were built"), "plan again after the build")
	}
	if err := s.applyContent(ctx, plan); err != nil {
		return err
	}
	if err := s.ready(ctx, plan); err != nil {
		return err
	}
	written, err := s.applyVersion(ctx, plan)
	if err != nil {
		return err
	}
	// On the first publish of a module the channels are written beside the
	// registration: no cluster reads them before it knows the module.
	first := isFirst(plan)
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.applyRegistration(groupCtx, plan.find(registrationTag)) })
	group.Go(func() error {
		if err := s.readBack(groupCtx, plan, written); err != nil || !first {
			return err
		}
		return s.applyChannels(groupCtx, plan)
	})
	if err := group.Wait(); err != nil || first {
		return err
	}
	return s.applyChannels(ctx, plan)
}

// applyChannels moves the channels, the lowest first.
func (s *Publisher) applyChannels(ctx context.Context, plan *Plan) error {
	for i := range plan.steps {
		if step := &plan.steps[i]; step.kind == channelTag && step.writes() {
			if err := s.applyChannel(ctx, plan, step); err != nil {
				return err
			}
		}
	}
	return nil
}

// applyVersion writes the release image and then the bundle.
func (s *Publisher) applyVersion(ctx context.Context, plan *Plan) (receipts, error) {
	release, bundle := plan.find(releaseTag), plan.find(bundleTag)
	written := receipts{}
	if err := s.applyImage(ctx, release, written); err != nil {
		return nil, err
	}
	if bundle.writes() && !plan.carried {
		if err := s.client.TransferAttached(ctx, bundle.source, bundle.target.Repo); err != nil {
			return nil, err
		}
	}
	return written, s.applyImage(ctx, bundle, written)
}

// receipts tells for the references that were written whether the registry
// named the digest it stored.
type receipts map[string]bool

// applyImage puts a built image and its children at the step's tag.
func (s *Publisher) applyImage(ctx context.Context, step *step, written receipts) error {
	if !step.writes() {
		return nil
	}
	manifest, err := s.client.FetchManifest(ctx, step.source)
	if err != nil {
		return err
	}
	known, err := s.client.Transfer(ctx, step.source.Repo, step.target, manifest)
	if err != nil {
		return err
	}
	written[step.Ref], *step.done = known, true
	return nil
}

func (s *Publisher) applyRegistration(ctx context.Context, step *step) error {
	if !step.writes() {
		return nil
	}
	manifest, _, err := RegistrationImage()
	if err != nil {
		return exit.With(exit.Failed, err, "")
	}
	_, err = s.client.PutManifest(ctx, step.target, manifest)
	*step.done = err == nil
	return err
}

// readBack looks whether the version's tags are where they were put.
//
// The first publish of a module spares it where the registry's receipts name
// the digests: until its registration exists, which the same run writes, no
// cluster knows the module, and nobody else publishes it.
func (s *Publisher) readBack(ctx context.Context, plan *Plan, written receipts) error {
	release, bundle := plan.find(releaseTag), plan.find(bundleTag)
	if len(written) == 0 {
		return nil
	}
	steps := []step{}
	for _, step := range []*step{release, bundle} {
		if known, ok := written[step.Ref]; ok && !(isFirst(plan) && known) {
			steps = append(steps, *step)
		}
	}
	for round := 0; ; round++ {
		if err := s.lookAt(ctx, steps); err != nil {
			return err
		}
		lost, repair := false, false
		for _, step := range steps {
			lost = lost || step.kind == releaseTag && step.Current != step.Desired
			repair = repair || step.kind == bundleTag && step.Current != step.Desired
		}
		switch {
		case lost:
			return exit.With(exit.Violated, fmt.Errorf("publish %s: %s was overwritten with other content meanwhile: %w", plan.Tag, release.Ref, remote.ErrConflict),
				"look with modship verify which build is published, and publish this one under another version")
		case !repair:
			return nil
		case release.Action == Keep || round >= attempts:
			return exit.With(exit.Violated, fmt.Errorf("publish %s: %s was overwritten with other content meanwhile: %w", plan.Tag, bundle.Ref, remote.ErrConflict),
				"look with modship verify which build is published, and publish this one under another version")
		}
		// The release image is ours, so ours is the version: the bundle of the
		// other publisher must not stay under it.
		if err := s.applyImage(ctx, bundle, receipts{}); err != nil {
			return err
		}
	}
}
