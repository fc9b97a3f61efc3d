package contract

import (
	"context"

	"github.com/Masterminds/semver/v3"

	"github.com/modship/modship/pkg/module"
)

// CheckPromotion checks a published version, as [CheckPublished] does, and what
// moving channels to it would do, before it is done. That a version skips a
// channel of the ladder is an error here: the channel before must hold that
// very version, or be moved with it.
// An error means that the registry could not be read.
func CheckPromotion(ctx context.Context, reader Reader, repo module.Repository, tag string, channels []module.Channel, opts Options) ([]Violation, error) {
	s := newSession(reader, repo, opts)
	if err := module.CheckVersion(tag); err != nil {
		s.report(RuleVersionTag, repo.Release(tag), "the tag cannot go to a release channel: %v", err)
		return s.result(), nil
	}
	version := semver.MustParse(tag)
	if err := s.checkRegistration(ctx); err != nil {
		return nil, err
	}
	if err := s.checkPublishedTag(ctx, tag, RuleDigestsPresent); err != nil {
		return nil, err
	}
	release, err := s.digest(ctx, repo.Release(tag))
	if err != nil {
		return nil, err
	}
	held, err := s.readChannels(ctx)
	if err != nil {
		return nil, err
	}
	for _, ch := range channels {
		if err := s.checkMove(ctx, ch, channels, held, version); err != nil {
			return nil, err
		}
		if release != "" {
			t, err := s.tree(ctx, repo.Release(tag))
			if err != nil {
				return nil, err
			}
			s.checkExperimental(t, ch)
		}
	}
	return s.result(), nil
}

// checkMove checks one channel's move: rules 19, 20, 22 and 23.
func (s *session) checkMove(ctx context.Context, ch module.Channel, channels []module.Channel, held channelStates, version *semver.Version) error {
	ref := s.repo.Channel(ch)
	if previous, ok := s.opts.Ladder.Requires(ch, channels); ok {
		before := held[previous]
		if before.version == nil || !before.version.Equal(version) {
			s.fail(RulePromotionOrder, ref, "the channel %s before it does not hold v%s but %s", previous, version, before)
		}
	}
	current, err := module.ReadVersion(held[ch].raw)
	if err != nil {
		return nil // no cluster runs it
	}
	if version.LessThan(current) {
		s.report(RuleNoStepDown, ref, "the channel holds v%s: clusters that run it do not go back to v%s", current, version)
		return nil
	}
	return s.checkPath(ctx, ref, module.Upgrade{Channel: ch, From: current, To: version})
}

// String names what a channel holds.
func (state channelState) String() string {
	switch {
	case !state.exists:
		return "nothing"
	case state.raw == "":
		return "an unreadable version"
	default:
		return state.raw
	}
}
