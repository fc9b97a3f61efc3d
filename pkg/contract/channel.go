package contract

import (
	"context"
	"slices"

	"github.com/Masterminds/semver/v3"

	"github.com/modship/modship/pkg/contract/internal/artifact"
	"github.com/modship/modship/pkg/module"
)

// CheckChannel checks one release channel: the version it points to, as
// [CheckPublished] does, and how the channel fits to the other channels. An
// error means that the registry could not be read.
func CheckChannel(ctx context.Context, reader Reader, repo module.Repository, ch module.Channel, opts Options) ([]Violation, error) {
	s := newSession(reader, repo, opts)
	if err := s.checkRegistration(ctx); err != nil {
		return nil, err
	}
	held, err := s.readChannels(ctx)
	if err != nil {
		return nil, err
	}
	if !held[ch].exists {
		s.fail(RuleEveryChannel, repo.Channel(ch), "the module is not on this channel")
		return s.result(), nil
	}
	if err := s.checkChannel(ctx, ch, held, RuleDigestsPresent); err != nil {
		return nil, err
	}
	return s.result(), nil
}

// channelState is what a channel tag holds.
type channelState struct {
	exists  bool
	digest  string
	raw     string          // version as version.json has it
	version *semver.Version // nil if raw is no canonical version
}

// channelStates are all channels of a module.
type channelStates map[module.Channel]channelState

// readChannels reads all channels.
func (s *session) readChannels(ctx context.Context) (channelStates, error) {
	channels := module.Channels()
	states := make([]channelState, len(channels))
	err := each(ctx, channels, func(ctx context.Context, ch module.Channel) error {
		state, err := s.readChannel(ctx, ch)
		states[slices.Index(channels, ch)] = state
		return err
	})
	held := channelStates{}
	for i, ch := range channels {
		held[ch] = states[i]
	}
	return held, err
}

func (s *session) readChannel(ctx context.Context, ch module.Channel) (channelState, error) {
	ref := s.repo.Channel(ch)
	digest, err := s.digest(ctx, ref)
	if err != nil || digest == "" {
		return channelState{}, err
	}
	t, err := s.tree(ctx, ref)
	if err != nil {
		return channelState{}, err
	}
	state := channelState{exists: true, digest: digest}
	data, _ := t.Data(artifact.VersionFile)
	if state.raw, err = module.ParseVersionFile(data); err == nil && module.CheckVersion(state.raw) == nil {
		state.version = semver.MustParse(state.raw)
	}
	return state, nil
}

// checkChannel checks an existing channel and its version.
func (s *session) checkChannel(ctx context.Context, ch module.Channel, held channelStates, missing RuleID) error {
	state, ref := held[ch], s.repo.Channel(ch)
	t, err := s.tree(ctx, ref)
	if err != nil {
		return err
	}
	if !s.checkPlatform(t) {
		return nil
	}
	if state.version == nil {
		s.reportUnusableChannel(t, state)
		return nil
	}
	release, err := s.digest(ctx, s.repo.Release(state.raw))
	if err != nil {
		return err
	}
	if release != "" && release != state.digest {
		s.report(RuleChannelIsVersion, ref, "the channel says %s but is %s, and release:%s is %s", state.raw, state.digest, state.raw, release)
	}
	s.checkExperimental(t, ch)
	s.checkHeld(ch, state)
	s.checkLadder(ch, held)
	if err := s.checkPublishedTag(ctx, state.raw, missing); err != nil {
		return err
	}
	if ch == module.LTS {
		return nil // lts goes to its version directly
	}
	from := held.lowest()
	if before := s.heldBefore(ch, state.version); before != nil && before.LessThan(from) {
		from = before
	}
	return s.checkPath(ctx, ref, module.Upgrade{Channel: ch, From: from, To: state.version})
}

// heldBefore returns the version below the present one that the channel held
// last by the history, or nil: clusters are on it until they have moved up.
func (s *session) heldBefore(ch module.Channel, version *semver.Version) *semver.Version {
	var before *semver.Version
	for _, v := range s.heldVersions(ch) {
		if v.LessThan(version) {
			before = v
		}
	}
	return before
}

// heldVersions returns the versions that the channel has held by the history,
// ascending.
func (s *session) heldVersions(ch module.Channel) []*semver.Version {
	var tags []string
	for _, move := range s.opts.History {
		if move.Channel == ch {
			tags = append(tags, move.Version)
		}
	}
	return module.Versions(tags)
}

// reportUnusableChannel reports a channel whose version no consumer can use.
func (s *session) reportUnusableChannel(t *artifact.Tree, state channelState) {
	if state.raw == "" {
		s.checkVersionFile(t, "")
		return
	}
	s.report(RuleVersionTag, t.Name, "the version on the channel: %v", module.CheckVersion(state.raw))
}

// checkExperimental checks the second half of rule 16.
func (c *checker) checkExperimental(t *artifact.Tree, ch module.Channel) {
	data, _ := t.Data(artifact.DefinitionFile)
	if def, err := module.ParseDefinition(data); err == nil && def.Stage == module.StageExperimental {
		c.report(RuleStage, t.Name, "the version is Experimental: on the channel %s, clusters without allowExperimentalModules cannot enable the module, but those that run an earlier version upgrade to it", ch)
	}
}

// checkHeld checks rule 19 against the history: no version that the channel
// has held is higher than the present one.
func (s *session) checkHeld(ch module.Channel, state channelState) {
	versions := s.heldVersions(ch)
	if n := len(versions); n > 0 && versions[n-1].GreaterThan(state.version) {
		// A warning: it has happened, and may have been wanted (promote --back).
		s.warn(RuleNoStepDown, s.repo.Channel(ch), "the channel went back from v%s to %s", versions[n-1], state.raw)
	}
}

// checkLadder checks rule 20 on the present state: a channel is not ahead of
// the nearest one before it that the module is on.
func (s *session) checkLadder(ch module.Channel, held channelStates) {
	for previous, ok := ch.Previous(); ok; previous, ok = previous.Previous() {
		if held[previous].version == nil {
			continue
		}
		if held[ch].version.GreaterThan(held[previous].version) {
			s.report(RulePromotionOrder, s.repo.Channel(ch), "the channel holds %s, the channel %s before it only %s", held[ch].raw, previous, held[previous].raw)
		}
		return
	}
}

// lowest returns the lowest version on the ladder, or nil.
func (held channelStates) lowest() *semver.Version {
	var lowest *semver.Version
	for ch, state := range held {
		if ch != module.LTS && state.version != nil && (lowest == nil || state.version.LessThan(lowest)) {
			lowest = state.version
		}
	}
	return lowest
}

// holds reports whether a channel holds the version.
func (held channelStates) holds(version *semver.Version) bool {
	for _, state := range held {
		if state.version != nil && state.version.Equal(version) {
			return true
		}
	}
	return false
}
