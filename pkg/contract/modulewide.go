package contract

import (
	"context"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/modship/modship/pkg/module"
)

// CheckModule checks everything published of a module: its versions, its
// channels and its place in the module source. Versions that no channel holds
// are checked for what breaks a cluster that upgrades across them. An error
// means that the registry could not be read.
func CheckModule(ctx context.Context, reader Reader, repo module.Repository, opts Options) ([]Violation, error) {
	s := newSession(reader, repo, opts)
	steps := []func(context.Context) error{s.checkRegistration, s.checkSourceTags, s.checkTagLists}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	held, err := s.readChannels(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.checkChannels(ctx, held); err != nil {
		return nil, err
	}
	if err := s.checkVersions(ctx, held); err != nil {
		return nil, err
	}
	return s.result(), nil
}

// checkTagLists checks what the tag lists of bundles and release images show:
// rules 7, 8, 9 and 17.
func (s *session) checkTagLists(ctx context.Context) error {
	bundles, err := s.tagsOf(ctx, s.repo.BundleRepo())
	if err != nil {
		return err
	}
	releases, err := s.tagsOf(ctx, s.repo.ReleaseRepo())
	if err != nil {
		return err
	}
	for _, tag := range bundles {
		s.checkListedTag(s.repo.Bundle(tag), tag)
		if module.IsVersion(tag) && !slices.Contains(releases, tag) {
			s.report(RuleReleaseExists, s.repo.Release(tag), "the release image does not exist")
		}
	}
	for _, tag := range releases {
		if module.IsVersion(tag) && !slices.Contains(bundles, tag) {
			s.report(RuleBundleExists, s.repo.Bundle(tag), "the bundle does not exist")
		}
		if module.IsForeignVersion(tag) && !slices.Contains(bundles, tag) {
			// The controller does not list this repository, PackageRepository does.
			s.warn(RuleDevTag, s.repo.Release(tag), "the tag %q is not of the form vX.Y.Z, but PackageRepository reads it as a version", tag)
		}
		if err := s.checkChannelName(ctx, tag, bundles, releases); err != nil {
			return err
		}
	}
	return nil
}

// checkChannelName checks rule 17 for a tag of the release repository.
func (s *session) checkChannelName(ctx context.Context, tag string, bundles, releases []string) error {
	if meant, ok := misspelledChannel(tag); ok {
		s.report(RuleChannelName, s.repo.Release(tag), "the tag %q is not the release channel %s", tag, meant)
		return nil
	}
	_, notChannel := module.ParseChannel(tag)
	if notChannel == nil || module.ReadsAsVersion(tag) || slices.Contains(bundles, tag) || strings.HasPrefix(tag, module.ReservedPrefix) {
		return nil // a channel, what rule 7 is about, a dev build, or one of modship's notes
	}
	digest, err := s.digest(ctx, s.repo.Release(tag))
	if err != nil || digest == "" {
		return err
	}
	for _, version := range module.Versions(releases) {
		held, err := s.digest(ctx, s.repo.Release(module.VersionTag(version)))
		if err != nil {
			return err
		}
		if held == digest {
			// A warning: somebody may have a use of their own for the tag.
			s.warn(RuleChannelName, s.repo.Release(tag), "the tag holds v%s, which no cluster gets by it: %v", version, notChannel)
			return nil
		}
	}
	return nil
}

// misspelledChannel tells which channel a tag spells in another way. Other
// tags, as of dev builds, are nobody's channel.
func misspelledChannel(tag string) (module.Channel, bool) {
	fold := func(s string) string {
		return strings.ToLower(strings.NewReplacer("-", "", "_", "", ".", "").Replace(s))
	}
	for _, ch := range module.Channels() {
		if fold(tag) == fold(string(ch)) && tag != string(ch) {
			return ch, true
		}
	}
	return "", false
}

// checkChannels checks all channels and rules 21 and 23 across them.
func (s *session) checkChannels(ctx context.Context, held channelStates) error {
	var present []module.Channel
	for _, ch := range module.Channels() {
		if held[ch].exists {
			present = append(present, ch)
		}
	}
	if len(present) == 0 {
		s.report(RuleEveryChannel, s.repo.ReleaseRepo(), "the module is on no channel: a cluster that enables it gets MANIFEST_UNKNOWN and an alert")
	}
	for _, ch := range module.Channels() {
		if len(present) > 0 && !held[ch].exists && ch != module.LTS {
			s.report(RuleEveryChannel, s.repo.Channel(ch), "the module is not on this channel")
		}
	}
	err := each(ctx, present, func(ctx context.Context, ch module.Channel) error {
		return s.checkChannel(ctx, ch, held, RuleDigestsKept)
	})
	if err != nil {
		return err
	}
	return s.checkUnknownPast(ctx, held)
}

// checkUnknownPast warns of a gap between the lowest channel and the published
// version below it, where no history says that clusters never ran that version.
func (s *session) checkUnknownPast(ctx context.Context, held channelStates) error {
	lowest := held.lowest()
	if lowest == nil || len(s.opts.History) > 0 {
		return nil
	}
	tags, err := s.tagsOf(ctx, s.repo.BundleRepo())
	if err != nil {
		return err
	}
	var below *semver.Version
	for _, v := range module.Versions(tags) { // ascending
		if module.CompareMinor(v, lowest) < 0 {
			below = v
		}
	}
	if below == nil {
		return nil
	}
	part := s.apart()
	if err := part.checkPath(ctx, s.repo.BundleRepo(), module.Upgrade{From: below, To: lowest}); err != nil {
		return err
	}
	part.soften()
	s.take(part.findings, func(Violation) bool { return true })
	return nil
}

// checkVersions checks the versions that no channel holds: an upgrade step for
// everything that breaks a cluster, another version for its digests, which
// clusters that run it still pull.
func (s *session) checkVersions(ctx context.Context, held channelStates) error {
	tags, err := s.tagsOf(ctx, s.repo.BundleRepo())
	if err != nil {
		return err
	}
	versions := module.Versions(tags)
	return each(ctx, versions, func(ctx context.Context, v *semver.Version) error {
		if held.holds(v) {
			return nil
		}
		step := module.IsHighestPatch(versions, v)
		if step {
			s.checkPromoted(held, v)
		}
		part := s.apart()
		part.lookups = s.withOwnTrees() // trees of all versions would fill the memory
		if err := part.checkPublishedTag(ctx, module.VersionTag(v), RuleDigestsKept); err != nil {
			return err
		}
		s.take(part.findings, func(found Violation) bool {
			return found.Rule == RuleDigestsKept || step && found.Severity == Error
		})
		return nil
	})
}

// checkPromoted checks rule 24 against the history: an upgrade step below a
// channel's version has been on a channel.
func (s *session) checkPromoted(held channelStates, v *semver.Version) {
	tag := module.VersionTag(v)
	wasPromoted := func(move Move) bool { return move.Version == tag }
	if s.opts.History == nil || slices.ContainsFunc(s.opts.History, wasPromoted) {
		return
	}
	for _, ch := range module.Channels() {
		if above := held[ch].version; ch != module.LTS && above != nil && module.CompareMinor(v, above) < 0 {
			s.report(RuleUpgradeSteps, s.repo.Bundle(tag), "clusters install %s on their way to v%s, but it was never on a channel", tag, above)
			return
		}
	}
}

// maxModules is the number of names above which the ModuleSource controller
// drops some.
const maxModules = 1500

// checkSourceTags checks rule 4. Another module is looked at only to tell
// whether it exists; where access to it is refused, it is taken to exist.
func (s *session) checkSourceTags(ctx context.Context) error {
	tags, err := s.tagsOf(ctx, s.repo.Source)
	if err != nil {
		return err
	}
	if len(tags) >= maxModules {
		s.fail(RuleSourceTags, s.repo.Source, "the module source has %d tags, fewer than %d are expected", len(tags), maxModules)
	}
	return each(ctx, tags, func(ctx context.Context, tag string) error {
		switch {
		case tag == s.repo.Name || tag == "modules":
		case module.CheckNameSyntax(tag) != nil:
			s.report(RuleSourceTags, s.repo.Source+":"+tag, "%v", module.CheckNameSyntax(tag))
		case s.isPhantom(ctx, tag):
			s.report(RuleSourceTags, s.repo.Source+":"+tag, "there is no module %s: neither bundles nor release images", tag)
		}
		return ctx.Err()
	})
}

func (s *session) isPhantom(ctx context.Context, name string) bool {
	other := module.Repository{Source: s.repo.Source, Name: name}
	for _, repo := range []string{other.ReleaseRepo(), other.BundleRepo()} {
		if tags, err := s.tagsOf(ctx, repo); err != nil || len(tags) > 0 {
			return false
		}
	}
	return true
}
