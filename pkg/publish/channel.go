package publish

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/modship/modship/pkg/module"
)

// channelRules decide which channels may be put on a version.
type channelRules struct {
	session        *Publisher
	repository     module.Repository
	tag            string
	allowDowngrade bool
	skipLadder     bool
	ladder         module.Ladder
	// below has the digests of channels that were looked at for the ladder,
	// empty where a channel is empty.
	below map[module.Channel]string
	// entered says that the publication's entry will name the channels.
	entered bool
	// history is read by decide when a channel needs it and it is nil.
	history *History

	known map[string]bool // the entries that decide went by
}

const (
	onlyVersions       = "%q is not a version: a release channel takes vX.Y.Z only"
	remedyOnlyVersions = "publish a version (vX.Y.Z) for a release channel; a dev build is tried with a ModulePullOverride"
)

// decide chooses the action of each channel step. The steps are looked at
// already and go from the lowest channel up.
func (r *channelRules) decide(ctx context.Context, steps []step) error {
	var held []module.Channel // channels on the version after this plan
	needed := false
	for i := range steps {
		step := &steps[i]
		if err := r.decideOne(ctx, step, held); err != nil {
			return err
		}
		if step.Action != Refuse {
			held = append(held, step.channel)
		}
		step.entered = r.entered && step.Action == Create
		needed = needed || step.writes() && !step.entered
	}
	if !needed {
		return nil
	}
	if err := r.readHistory(ctx); err != nil {
		return err
	}
	now := r.session.now()
	r.known = r.history.tags()
	for i := range steps {
		if step := &steps[i]; step.Action == Create && !step.entered {
			if rival := r.history.rival(step.channel, r.tag, now); rival != nil {
				step.refuse(RivalPublishing, fmt.Sprintf("wait for it; if it is dead, until %s", rival.Time.Add(claimAge).Format(time.RFC3339)),
					"%q began to publish %s on it at %s", rival.Actor, rival.Version, rival.Time.Format(time.RFC3339))
				continue
			}
		}
	}
	return nil
}

// readHistory reads the history unless that was done already.
func (r *channelRules) readHistory(ctx context.Context) (err error) {
	if r.history == nil {
		r.history, err = r.session.History(ctx, r.repository)
	}
	return err
}

func (r *channelRules) decideOne(ctx context.Context, step *step, held []module.Channel) error {
	switch {
	case !module.IsVersion(r.tag):
		step.refuse(NotAVersion, remedyOnlyVersions, onlyVersions, r.tag)
		return nil
	case step.Desired != "" && step.Current == step.Desired:
		step.Action = Keep
		return nil
	case step.Current == "":
		step.Action = Create
	default:
		step.Action = Move
		if err := r.checkSequence(ctx, step); err != nil || step.Action == Refuse {
			return err
		}
	}
	return r.checkLadder(ctx, step, held)
}

// checkLadder asks the channel below for the very version.
func (r *channelRules) checkLadder(ctx context.Context, step *step, held []module.Channel) error {
	below, ok := r.ladder.Requires(step.channel, held)
	if !ok {
		return nil
	}
	if r.skipLadder {
		step.note("the ladder was skipped: %s was not asked", below)
		return nil
	}
	ref := step.target.At(string(below))
	digest, looked := r.below[below]
	if !looked {
		var err error
		if digest, _, err = r.session.client.Head(ctx, ref); err != nil {
			return err
		}
	}
	switch {
	case digest == "":
		step.refuse(LadderSkipped, fmt.Sprintf("promote %s to %s first", r.tag, below),
			"%s must be promoted to %s first (that channel is empty)", r.tag, below)
	case digest != step.Desired:
		version, err := r.session.versionAt(ctx, ref.At(digest))
		if err != nil {
			return err
		}
		if version != r.tag {
			step.refuse(LadderSkipped, fmt.Sprintf("promote %s to %s first", r.tag, below),
				"%s must be promoted to %s first (that channel is on %s)", r.tag, below, version)
		}
	}
	return nil
}

// note adds a reason to a step that is done all the same.
func (s *step) note(format string, args ...any) {
	s.Reason = strings.TrimPrefix(s.Reason+"; "+fmt.Sprintf(format, args...), "; ")
}
