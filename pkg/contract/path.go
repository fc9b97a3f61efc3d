package contract

import (
	"context"

	"github.com/Masterminds/semver/v3"

	"github.com/modship/modship/pkg/module"
)

// checkPath checks rules 22 and 23 on the way of clusters from one version of a
// channel to another, as the controller goes it.
func (s *session) checkPath(ctx context.Context, artifact string, upgrade module.Upgrade) error {
	if !upgrade.From.LessThan(upgrade.To) {
		return nil
	}
	tags, err := s.tagsOf(ctx, s.repo.BundleRepo())
	if err != nil {
		return err
	}
	var releases []module.Release
	for _, v := range upgrade.Steps(module.Versions(tags)) {
		release, err := s.release(ctx, v)
		if err != nil {
			return err
		}
		releases = append(releases, release)
	}
	for _, o := range upgrade.Way(releases).Obstacles {
		s.reportObstacle(artifact, upgrade.To, o)
	}
	return nil
}

// reportObstacle reports what disturbs clusters on their way to a version.
func (s *session) reportObstacle(artifact string, to *semver.Version, o module.Obstacle) {
	switch o.Kind {
	case module.ReleaseMissing:
		if o.Next.Equal(to) {
			return // rule 8
		}
		s.report(RuleMinorSequence, artifact, "clusters on v%s cannot step to v%s: v%s, which is on the way, has no release image", o.At, to, o.Next)
	case module.GapReported:
		s.report(RuleMinorSequence, artifact, "clusters on v%s cannot step to v%s: the minors between are missing and nothing bridges them", o.At, o.Next)
	case module.GapSilent:
		s.report(RuleMinorSequence, artifact, "clusters on v%s cannot step to v%s: the minors between are missing, and the update.versions there do not lead from v%s to their own version; the release stays Pending without an error in the module source", o.At, o.Next, o.At)
	case module.SequenceReported:
		s.warn(RuleMinorSequence, artifact, "clusters reach v%s, but the module source reports a broken sequence from v%s to v%s", to, o.At, o.Next)
	case module.ControllerCrash:
		s.warn(RuleMinorSequence, artifact, "v%s on the way has update.versions and v%s has none: the controller may crash once on that, which delays the modules that it looks at later", o.At, o.Next)
	case module.ApprovalNeeded:
		s.report(RuleMajorJump, artifact, "clusters wait for an approval by hand before they go from v%s to v%s", o.At, o.Next)
	}
}

// checkNewStep checks how a version that is about to be published fits to
// those in the registry: rule 22 from the version before it, rule 24 for the
// clusters below a channel.
func (s *session) checkNewStep(ctx context.Context, images Images) error {
	version, err := module.ReadVersion(images.Tag)
	if err != nil {
		return nil // numbers beyond what fits; no other version is like that
	}
	tags, err := s.tagsOf(ctx, s.repo.BundleRepo())
	if err != nil {
		return err
	}
	published := module.Versions(tags)
	var before *semver.Version
	for _, v := range published {
		switch {
		case v.Equal(version):
			return nil // published already: nothing new
		case v.LessThan(version):
			before = v
		}
	}
	if err := s.checkNewMinor(ctx, images, before, version); err != nil {
		return err
	}
	return s.checkNewPatch(ctx, images.Tag, published, version)
}

// checkNewMinor checks that a new version follows the one before it, or
// bridges the gap itself. A gap may still be filled, and breaks nothing before
// the version is promoted, so it is a warning.
func (s *session) checkNewMinor(ctx context.Context, images Images, before, version *semver.Version) error {
	if before == nil {
		return nil
	}
	release := module.Release{Version: version}
	if images.Release != "" {
		var err error
		if release.Update, err = s.updateOf(ctx, images.Release); err != nil {
			return err
		}
	}
	way := module.Upgrade{From: before, To: version}.Way([]module.Release{release})
	if _, stopped := way.Stop(); stopped {
		s.warn(RuleMinorSequence, s.repo.Bundle(images.Tag), "the version before %s in the registry is v%s: a minor is skipped and nothing bridges the gap", images.Tag, before)
	}
	return nil
}

// checkNewPatch warns of a version that clusters install on their way to a
// channel's version as soon as it is published.
func (s *session) checkNewPatch(ctx context.Context, tag string, published []*semver.Version, version *semver.Version) error {
	if !module.IsHighestPatch(published, version) {
		return nil
	}
	held, err := s.readChannels(ctx)
	if err != nil {
		return err
	}
	for _, ch := range module.Channels() {
		if v := held[ch].version; ch != module.LTS && v != nil && module.CompareMinor(version, v) < 0 {
			s.report(RuleUpgradeSteps, s.repo.Bundle(tag), "clusters below v%s on the channel %s will install %s on their way as soon as it is published", v, ch, tag)
			return nil
		}
	}
	return nil
}
