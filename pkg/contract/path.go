package contract

import (
	"context"

	"github.com/Masterminds/semver/v3"

	"github.com/modship/modship/pkg/module"
)

// checkPath checks rule 22 on the way of a cluster from one version to
// another, as the release fetcher steps through the bundle repository.
func (s *session) checkPath(ctx context.Context, artifact string, from, target *semver.Version) error {
	if !from.LessThan(target) {
		return nil
	}
	tags, err := s.tagsOf(ctx, s.repo.BundleRepo())
	if err != nil {
		return err
	}
	steps := upgradePath(versionsIn(tags), from, target)
	installed := from
	for i, step := range steps {
		if !follows(installed, step) {
			bridge, err := s.bridge(ctx, installed, steps[i:])
			if err != nil {
				return err
			}
			switch {
			case bridge == nil:
				s.report(22, artifact, "clusters on v%s cannot step to v%s: the minors between are missing and nothing bridges them", installed, step)
			case bridge != step:
				s.warn(22, artifact, "clusters on v%s jump to v%s by its update.versions, but the controller reports a broken sequence before v%s", installed, bridge, step)
			}
		}
		installed = step
	}
	return nil
}

// bridge returns the first of the versions ahead that may be jumped to from the
// installed one, or nil. The release fetcher accepts a gap without complaint
// only if the very next version bridges it (fromToBridges); the updater takes
// a later one too.
func (s *session) bridge(ctx context.Context, installed *semver.Version, ahead []*semver.Version) (*semver.Version, error) {
	for _, version := range ahead {
		ref := s.repo.Release("v" + version.String())
		digest, err := s.digest(ctx, ref)
		if err != nil {
			return nil, err
		}
		if digest == "" {
			continue // rule 8
		}
		t, err := s.tree(ctx, ref)
		if err != nil {
			return nil, err
		}
		data, _ := t.data(definitionFile)
		if def, err := module.ParseDefinition(data); err == nil && bridges(def.Update, installed, version) {
			return version, nil
		}
	}
	return nil, nil
}

// checkNewStep checks how a version that is about to be published fits to
// those in the registry: rule 22 from the version before it, rule 24 for the
// clusters below a channel.
func (s *session) checkNewStep(ctx context.Context, images Images) error {
	version, err := semver.NewVersion(images.Tag)
	if err != nil {
		return nil // numbers beyond what fits; no other version is like that
	}
	tags, err := s.tagsOf(ctx, s.repo.BundleRepo())
	if err != nil {
		return err
	}
	published := versionsIn(tags)
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
	if before == nil || follows(before, version) {
		return nil
	}
	if images.Release != "" {
		t, err := s.tree(ctx, images.Release)
		if err != nil {
			return err
		}
		data, _ := t.data(definitionFile)
		if def, err := module.ParseDefinition(data); err == nil && bridges(def.Update, before, version) {
			return nil
		}
	}
	s.warn(22, s.repo.Bundle(images.Tag), "the version before %s in the registry is v%s: a minor is skipped and nothing bridges the gap", images.Tag, before)
	return nil
}

// checkNewPatch warns of a version that clusters install on their way to a
// channel's version as soon as it is published.
func (s *session) checkNewPatch(ctx context.Context, tag string, published []*semver.Version, version *semver.Version) error {
	if !isHighestPatch(published, version) {
		return nil
	}
	held, err := s.readChannels(ctx)
	if err != nil {
		return err
	}
	for _, ch := range module.Channels() {
		if v := held[ch].version; ch != module.LTS && v != nil && compareMinor(version, v) < 0 {
			s.report(24, s.repo.Bundle(tag), "clusters below v%s on the channel %s will install %s on their way as soon as it is published", v, ch, tag)
			return nil
		}
	}
	return nil
}
