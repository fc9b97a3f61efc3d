package publish

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/modship/modship/pkg/exit"
)

// Apply does the writes of a plan, exactly those and in their order. It stops
// at the first that fails; what is written by then can be consumed, and
// planning and applying again resumes. When something that the plan takes for
// absent appears before the first write, the plan is made again and changes.
//
// A plan with a refused write is not begun: the error is [Plan.Refusal]'s.
func (s *Session) Apply(ctx context.Context, plan *Plan) error {
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
func (s *Session) applyChannels(ctx context.Context, plan *Plan) error {
	for i := range plan.steps {
		if step := &plan.steps[i]; step.kind == channelTag && step.writes() {
			if err := s.applyChannel(ctx, plan, step); err != nil {
				return err
			}
		}
	}
	return nil
}

// ready does what has to precede the first tag that anybody reads: it enters
// the publication, makes sure that the registry is as planned, and brings what
// tags will need. A plan that is overtaken is made again.
func (s *Session) ready(ctx context.Context, plan *Plan) error {
	if plan.find(releaseTag) == nil {
		return nil
	}
	for range attempts {
		stale, err := s.prepareVersion(ctx, plan)
		if err != nil || !stale {
			return err
		}
		if err := s.renew(ctx, plan); err != nil {
			return err
		}
	}
	return exit.With(exit.Violated, fmt.Errorf("publish %s: %w, again and again", plan.Tag, errRace), "run it again when nobody else publishes the module")
}

func (s *Session) prepareVersion(ctx context.Context, plan *Plan) (stale bool, err error) {
	bundle, registration := plan.find(bundleTag), plan.find(registrationTag)
	var present, overtaken bool
	group, groupCtx := errgroup.WithContext(ctx)
	if registration.writes() {
		group.Go(func() error { return s.provideRegistrationConfig(groupCtx, registration.target.repo) })
	}
	if bundle.writes() {
		group.Go(func() error {
			_, err := s.mustManifest(groupCtx, bundle.source)
			return err
		})
	}
	if plan.assumed { // the rest is in the list that the entry is followed by
		group.Go(func() error {
			steps := []step{*bundle, *registration}
			err := s.lookAt(groupCtx, steps)
			present = steps[0].Current != "" || steps[1].Current != ""
			return err
		})
	}
	group.Go(func() (err error) {
		overtaken, err = s.claim(groupCtx, plan)
		return err
	})
	err = group.Wait()
	return present || overtaken, err
}

// renew makes a plan again, the content of a copy excepted.
func (s *Session) renew(ctx context.Context, plan *Plan) error {
	request := plan.request
	request.New = false
	fresh, err := s.Plan(ctx, request)
	if err != nil {
		return err
	}
	steps := slices.DeleteFunc(slices.Clone(plan.steps), func(s step) bool { return s.kind != contentRef })
	renewed := newPlan(plan.Repository, plan.Tag, append(steps, fresh.steps...))
	renewed.request, renewed.known, renewed.carried = request, fresh.known, plan.carried
	*plan = *renewed
	return plan.Refusal()
}

// applyVersion writes the release image and then the bundle.
func (s *Session) applyVersion(ctx context.Context, plan *Plan) (receipts, error) {
	release, bundle := plan.find(releaseTag), plan.find(bundleTag)
	written := receipts{}
	if err := s.applyImage(ctx, release, written); err != nil {
		return nil, err
	}
	if bundle.writes() && !plan.carried {
		if err := s.transferAttached(ctx, bundle.source, bundle.target.repo); err != nil {
			return nil, err
		}
	}
	return written, s.applyImage(ctx, bundle, written)
}

// receipts tells for the references that were written whether the registry
// named the digest it stored.
type receipts map[string]bool

// applyImage puts a built image and its children at the step's tag.
func (s *Session) applyImage(ctx context.Context, step *step, written receipts) error {
	if !step.writes() {
		return nil
	}
	manifest, err := s.mustManifest(ctx, step.source)
	if err != nil {
		return err
	}
	known, err := s.transfer(ctx, step.source.repo, step.target, manifest)
	if err != nil {
		return err
	}
	written[step.Ref] = known
	return nil
}

func (s *Session) applyRegistration(ctx context.Context, step *step) error {
	if !step.writes() {
		return nil
	}
	manifest, _, err := registrationImage()
	if err != nil {
		return exit.With(exit.Failed, err, "")
	}
	_, err = s.putManifest(ctx, step.target, manifest)
	return err
}

// readBack looks whether the version's tags are where they were put.
//
// The first publish of a module spares it where the registry's receipts name
// the digests: until its registration exists, which the same run writes, no
// cluster knows the module, and nobody else publishes it.
func (s *Session) readBack(ctx context.Context, plan *Plan, written receipts) error {
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
			return exit.With(exit.Violated, fmt.Errorf("publish %s: %s was overwritten with other content meanwhile: %w", plan.Tag, release.Ref, errRace),
				"look with modship verify which build is published, and publish this one under another version")
		case !repair:
			return nil
		case release.Action == Keep || round >= attempts:
			return exit.With(exit.Violated, fmt.Errorf("publish %s: %s was overwritten with other content meanwhile: %w", plan.Tag, bundle.Ref, errRace),
				"look with modship verify which build is published, and publish this one under another version")
		}
		// The release image is ours, so ours is the version: the bundle of the
		// other publisher must not stay under it.
		if err := s.applyImage(ctx, bundle, receipts{}); err != nil {
			return err
		}
	}
}

// applyChannel moves one channel. A move is entered into the history before it
// is made, so that none can be lost. Only then the channel and the history are
// looked at again: of two that move a channel at once, at least one finds the
// other's entry, or the channel moved, and stops. An entry that was there when
// the plan was made does not count, but may be of somebody who is about to write;
// that one finds ours by looking once more after the move.
//
// The first publish of a module has made its entry and looked at the list of
// tags after it, and a module's only version has no rival for a channel that is
// on nothing: those are spared all this.
func (s *Session) applyChannel(ctx context.Context, plan *Plan, step *step) error {
	manifest, err := s.mustManifest(ctx, step.source)
	if err != nil {
		return err
	}
	entry := ""
	if !step.entered && !step.alone {
		if entry, err = s.recordMove(ctx, plan, step, manifest); err != nil {
			return err
		}
	}
	if err := s.checkBeforeMove(ctx, plan, step); err != nil {
		return err
	}
	known, err := s.putManifest(ctx, step.target, manifest)
	if err != nil {
		return err
	}
	if !known {
		if err := s.checkMoved(ctx, step); err != nil {
			return err
		}
	}
	if entry == "" {
		return nil
	}
	return s.checkUncontested(ctx, plan, step)
}

func (s *Session) checkBeforeMove(ctx context.Context, plan *Plan, step *step) error {
	if step.alone || step.entered && isFirst(plan) {
		return nil
	}
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.checkUnmoved(groupCtx, step) })
	if !step.entered { // else the list was looked at after the publication's entry
		group.Go(func() error { return s.checkUncontested(groupCtx, plan, step) })
	}
	return group.Wait()
}

func (s *Session) recordMove(ctx context.Context, plan *Plan, step *step, manifest *Manifest) (string, error) {
	from := step.from
	if from == "" && step.Action == Move {
		from = unknownVersion
	}
	entry := newMoveTag(ChannelMove{Channel: step.channel, Time: s.now(), From: from, To: plan.Tag, Actor: s.opts.Actor, Back: plan.back})
	_, err := s.putManifest(ctx, step.target.at(entry), manifest)
	return entry, err
}

// checkUnmoved tells when the channel is not any more where the plan found it.
func (s *Session) checkUnmoved(ctx context.Context, step *step) error {
	current, _, err := s.head(ctx, step.target)
	if err != nil || current == step.Current || current == step.Desired {
		return err
	}
	return exit.With(exit.Violated, fmt.Errorf("move %s to %s: it was moved to %s meanwhile: %w", step.Ref, step.Desired, current, errRace),
		"look with modship status which version it is on, and promote the right one")
}

// checkMoved reads the channel back where the registry's receipt does not prove
// the write.
func (s *Session) checkMoved(ctx context.Context, step *step) error {
	current, _, err := s.head(ctx, step.target)
	if err != nil {
		return err
	}
	if current != step.Desired {
		return exit.With(exit.Violated, fmt.Errorf("move %s to %s: it is on %s now: %w", step.Ref, step.Desired, current, errRace),
			"look with modship status --history who moved it, then promote again if that is right")
	}
	return nil
}

// checkUncontested tells when somebody else moved the channel since the plan
// was made: the rules were then checked against a version that it is no longer
// on.
func (s *Session) checkUncontested(ctx context.Context, plan *Plan, step *step) error {
	history, err := s.History(ctx, plan.Repository)
	if err != nil {
		return err
	}
	for _, move := range history.intents(step.channel, plan.Tag) {
		if plan.known[move.tag] {
			continue
		}
		return exit.With(exit.Violated,
			fmt.Errorf("move %s to %s: %q moves it to %s at the same time: %w", step.Ref, plan.Tag, move.Actor, move.To, errRace),
			"look with modship status which version it is on, and promote the right one")
	}
	return nil
}
