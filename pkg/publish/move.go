package publish

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/pkg/remote"
)

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
func (s *Publisher) applyChannel(ctx context.Context, plan *Plan, step *step) error {
	manifest, err := s.client.FetchManifest(ctx, step.source)
	if err != nil {
		return err
	}
	recorded := !step.entered && !step.alone
	entry := step.target.At(newMoveTag(s.moveOf(plan, step)))
	if recorded {
		if _, err := s.client.PutManifest(ctx, entry, manifest); err != nil {
			return err
		}
	}
	err = s.checkBeforeMove(ctx, plan, step)
	known := false
	if err == nil {
		known, err = s.client.PutManifest(ctx, step.target, manifest)
	}
	if err != nil {
		if recorded && isFinal(err) {
			return s.withdraw(ctx, entry, manifest, err)
		}
		return err
	}
	*step.done = true
	if !known {
		if err := s.checkMoved(ctx, step); err != nil {
			return err
		}
	}
	if !recorded {
		return nil
	}
	return s.checkUncontested(ctx, plan, step)
}

// isFinal tells an error after which the channel was certainly not written.
func isFinal(err error) bool {
	status := remote.StatusOf(err)
	return errors.Is(err, remote.ErrConflict) || status >= 400 && status < 500
}

func (s *Publisher) checkBeforeMove(ctx context.Context, plan *Plan, step *step) error {
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

// moveOf is what the history is told of a move.
func (s *Publisher) moveOf(plan *Plan, step *step) ChannelMove {
	from := step.from
	if from == "" && step.Action == Move {
		from = unknownVersion
	}
	return ChannelMove{Channel: step.channel, Time: s.now(), From: from, To: plan.Tag, Actor: s.actor, Back: plan.back}
}

// checkUnmoved tells when the channel is not any more where the plan found it.
func (s *Publisher) checkUnmoved(ctx context.Context, step *step) error {
	current, _, err := s.client.Head(ctx, step.target)
	if err != nil || current == step.Current || current == step.Desired {
		return err
	}
	return exit.With(exit.Violated, fmt.Errorf("move %s to %s: it was moved to %s meanwhile: %w", step.Ref, step.Desired, current, remote.ErrConflict),
		"look with modship status which version it is on, and promote the right one")
}

// checkMoved reads the channel back where the registry's receipt does not prove
// the write.
func (s *Publisher) checkMoved(ctx context.Context, step *step) error {
	current, _, err := s.client.Head(ctx, step.target)
	if err != nil {
		return err
	}
	if current != step.Desired {
		return exit.With(exit.Violated, fmt.Errorf("move %s to %s: it is on %s now: %w", step.Ref, step.Desired, current, remote.ErrConflict),
			"look with modship status --history who moved it, then promote again if that is right")
	}
	return nil
}

// checkUncontested tells when somebody else moved the channel since the plan
// was made: the rules were then checked against a version that it is no longer
// on.
func (s *Publisher) checkUncontested(ctx context.Context, plan *Plan, step *step) error {
	history, err := s.History(ctx, plan.Repository)
	if err != nil {
		return err
	}
	for _, move := range history.intents(step.channel, plan.Tag) {
		if plan.known[move.tag] {
			continue
		}
		return exit.With(exit.Violated,
			fmt.Errorf("move %s to %s: %q moves it to %s at the same time: %w", step.Ref, plan.Tag, move.Actor, move.To, remote.ErrConflict),
			"look with modship status which version it is on, and promote the right one")
	}
	return nil
}
