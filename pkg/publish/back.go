package publish

import (
	"context"
	"slices"

	"github.com/modship/modship/pkg/internal/errkind"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/remote"
)

// BackRequest says which channel to return to its previous version.
type BackRequest struct {
	Repository module.Repository
	Channel    module.Channel
	// From is the version that the channel is expected to be on, or empty for
	// whatever it is on. With it the request can be repeated: a channel that
	// was returned from there already is kept.
	From string
}

// PlanBack makes the plan that returns a channel to the version it was on
// before, by the history. Returns are undone moves: returning again goes one
// version further back. The ladder is not asked and the step down is allowed:
// that is what going back means.
func (s *Publisher) PlanBack(ctx context.Context, request BackRequest) (*Plan, error) {
	if request.From != "" && !module.IsVersion(request.From) {
		return nil, errkind.New(ErrRequest, "the version to roll back from is %q: expected vX.Y.Z", request.From)
	}
	ref, err := s.client.ParseReference(request.Repository.Channel(request.Channel))
	if err != nil {
		return nil, err
	}
	needed := map[string]remote.Access{request.Repository.ReleaseRepo(): remote.Push, request.Repository.BundleRepo(): remote.Pull}
	if err := s.client.Login(ctx, needed); err != nil {
		return nil, err
	}
	manifest, found, err := s.client.FindManifest(ctx, ref)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, errkind.New(ErrEmptyChannel, "channel %s has no version to roll back from", ref)
	}
	present, err := s.versionAt(ctx, ref.At(manifest.Digest))
	if err != nil {
		return nil, err
	}
	history, err := s.History(ctx, request.Repository)
	if err != nil {
		return nil, err
	}
	way := wayOf(history.Moves, request.Channel, present)
	if request.From != "" && request.From != present {
		if way.backFrom[request.From] != present {
			return nil, errkind.New(ErrOtherVersion, "%s is on %s, not on %s", ref, present, request.From)
		}
		return s.keepChannel(ctx, request, present)
	}
	previous := way.previous()
	if previous == "" {
		return nil, errkind.New(ErrNoHistory, "%s is on %s, and the history in the registry has no earlier version", ref, present)
	}
	return s.planReturn(ctx, request, present, previous)
}

// planReturn makes the plan from the channel's present version to previous.
func (s *Publisher) planReturn(ctx context.Context, request BackRequest, present, previous string) (*Plan, error) {
	plan, err := s.PlanPromote(ctx, PromoteRequest{
		Repository: request.Repository, Tag: previous, Channels: []module.Channel{request.Channel},
		AllowDowngrade: true, SkipLadder: true,
	})
	if err != nil {
		return nil, err
	}
	plan.back = true
	if step := plan.find(channelTag); step.Action == Move && step.from != present {
		return nil, conflict(ChannelMoved, "%s was moved from %s to %s meanwhile: %w", step.Ref, present, step.from, remote.ErrConflict)
	}
	return plan, nil
}

// keepChannel is the plan for a channel that was returned already.
func (s *Publisher) keepChannel(ctx context.Context, request BackRequest, present string) (*Plan, error) {
	steps, err := s.channelSteps(request.Repository, []module.Channel{request.Channel}, remote.Reference{})
	if err != nil {
		return nil, err
	}
	if err := s.lookAt(ctx, steps); err != nil {
		return nil, err
	}
	for i := range steps {
		steps[i].Action, steps[i].Desired = Keep, steps[i].Current
		steps[i].note("is back on %s from %s already", present, request.From)
	}
	return newPlan(request.Repository, present, steps), nil
}

// way is how a channel came to its version: the stack of an editor's undo. A
// move puts its version on top, a return removes everything above its version.
type way struct {
	versions []string
	// backFrom is where the way led back from each version when the channel
	// left it last.
	backFrom map[string]string
}

// wayOf walks the history, the oldest move first, to the present version.
func wayOf(moves []ChannelMove, channel module.Channel, present string) *way {
	w := &way{backFrom: map[string]string{}}
	for _, move := range madeMoves(moves, channel, present) {
		if !w.isOn(move.From) && module.IsVersion(move.From) {
			w.versions = append(w.versions, move.From) // something else put it there
		}
		w.backFrom[move.From] = w.previous()
		if !move.Back || !w.isOn(move.To) {
			w.versions = append(w.versions, move.To)
		}
	}
	if !w.isOn(present) {
		w.versions = nil // the history does not tell how it came there
	}
	return w
}

// madeMoves are the moves of a channel that were made, by where it was before
// each and where it is. The entry of a move precedes the move: one after which
// the channel was where it had been, or where another move from the same version
// had put it, is of a move that was never made.
func madeMoves(moves []ChannelMove, channel module.Channel, present string) []ChannelMove {
	own := slices.DeleteFunc(slices.Clone(moves), func(m ChannelMove) bool { return m.Channel != channel })
	after := present // where the channel was after the move
	for i, move := range slices.Backward(own) {
		overtaken := i > 0 && own[i-1].To == after && own[i-1].From == move.From
		if move.To != after && (move.From == after || overtaken) {
			own = slices.Delete(own, i, i+1)
			continue
		}
		after = move.From
	}
	return own
}

// isOn goes back to a version on the way and reports whether there is one.
func (w *way) isOn(version string) bool {
	for i, v := range slices.Backward(w.versions) {
		if v == version {
			w.versions = w.versions[:i+1]
			return true
		}
	}
	return false
}

// previous is the version before the last one, or empty.
func (w *way) previous() string {
	if len(w.versions) < 2 {
		return ""
	}
	return w.versions[len(w.versions)-2]
}
