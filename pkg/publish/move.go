package publish

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"github.com/modship/modship/pkg/remote"
)

// applyChannel moves one channel. A move is entered into the history before it
// is made, so that none can be lost. Only then the channel and the history are
// read again: of two that move a channel at once, at least one finds the other's
// entry, or the channel moved, and stops. An entry that was there when the plan
// was made does not count, although its author may be about to write; that
// author finds ours by reading once more after the move.
//
// A channel that this run's publication entry names needs no second entry, and no
// second look: the list of tags that was read after the entry shows the channel
// and the entries of others.
func (a *applier) applyChannel(ctx context.Context, step *step) error {
	manifest, err := a.client.FetchManifest(ctx, step.source)
	if err != nil {
		return err
	}
	entry := step.target.At(newMoveTag(a.moveOf(step)))
	if !step.entered {
		if _, err := a.client.PutManifest(ctx, entry, manifest); err != nil {
			return err
		}
	}
	err = a.checkBeforeMove(ctx, step)
	known := false
	if err == nil {
		known, err = a.client.PutManifest(ctx, step.target, manifest)
	}
	if err != nil {
		if !step.entered && isFinal(err) {
			return a.withdraw(ctx, entry, manifest, err)
		}
		return err
	}
	*step.done = true
	if !known {
		if err := a.checkMoved(ctx, step); err != nil {
			return err
		}
	}
	if step.entered {
		return nil
	}
	return a.checkUncontested(ctx, step)
}

// isFinal reports whether the channel was certainly not written after err.
func isFinal(err error) bool {
	status := remote.StatusOf(err)
	return errors.Is(err, remote.ErrConflict) || status >= 400 && status < 500
}

func (a *applier) checkBeforeMove(ctx context.Context, step *step) error {
	if step.entered && a.listed {
		return nil
	}
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error { return a.checkUnmoved(groupCtx, step) })
	group.Go(func() error { return a.checkUncontested(groupCtx, step) })
	return group.Wait()
}

// moveOf returns the history entry of a move.
func (a *applier) moveOf(step *step) ChannelMove {
	from := step.from
	if from == "" && step.Action == Move {
		from = unknownVersion
	}
	return ChannelMove{Channel: step.channel, Time: a.now(), From: from, To: a.plan.Tag, Actor: a.actor, Back: a.plan.back}
}

// checkUnmoved returns an error if the channel is no longer where the plan
// found it.
func (a *applier) checkUnmoved(ctx context.Context, step *step) error {
	current, _, err := a.client.Head(ctx, step.target)
	if err != nil || current == step.Current || current == step.Desired {
		return err
	}
	return conflict(ChannelMoved, "move %s to %s: it was moved to %s meanwhile: %w", step.Ref, step.Desired, current, remote.ErrConflict)
}

// checkMoved reads the channel back where the registry's receipt does not prove
// the write.
func (a *applier) checkMoved(ctx context.Context, step *step) error {
	current, _, err := a.client.Head(ctx, step.target)
	if err != nil {
		return err
	}
	if current != step.Desired {
		return conflict(ChannelMoved, "move %s to %s: it is on %s now: %w", step.Ref, step.Desired, current, remote.ErrConflict)
	}
	return nil
}

// checkUncontested returns an error if another run has moved the channel since
// the plan was made: its rules were checked against the version the channel was
// on then.
func (a *applier) checkUncontested(ctx context.Context, step *step) error {
	history, err := a.History(ctx, a.plan.Repository)
	if err != nil {
		return err
	}
	for _, move := range history.intents(step.channel, a.plan.Tag) {
		if !a.plan.known[move.tag] {
			return conflict(ChannelMoved, "move %s to %s: %q moves it to %s at the same time: %w", step.Ref, a.plan.Tag, move.Actor, move.To, remote.ErrConflict)
		}
	}
	return nil
}
