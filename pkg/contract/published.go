package contract

import (
	"context"

	"github.com/modship/modship/pkg/module"
)

// CheckPublished checks one published version or dev build of a module: that
// everything a cluster reads of it exists, fits together and can be consumed.
// An error means that the registry could not be read.
func CheckPublished(ctx context.Context, reader Reader, repo module.Repository, tag string, opts Options) ([]Violation, error) {
	s := newSession(reader, repo, opts)
	s.checkTag(repo.Bundle(tag), tag, false, nil)
	if err := s.checkRegistration(ctx); err != nil {
		return nil, err
	}
	if err := s.checkPublishedTag(ctx, tag, RuleDigestsPresent); err != nil {
		return nil, err
	}
	return s.result(), nil
}

// checkRegistration checks rule 1.
func (s *session) checkRegistration(ctx context.Context) error {
	digest, err := s.digest(ctx, s.repo.Registration())
	if err == nil && digest == "" {
		s.report(RuleRegistrationTag, s.repo.Registration(), "the registration tag does not exist")
	}
	return err
}

// checkPublishedTag checks everything of one tag. Missing is the rule that a
// digest without image violates: 29, or 45 when the whole module is checked.
func (s *session) checkPublishedTag(ctx context.Context, tag string, missing RuleID) error {
	bundleRef, releaseRef := s.repo.Bundle(tag), s.repo.Release(tag)
	bundle, err := s.digest(ctx, bundleRef)
	if err != nil {
		return err
	}
	release, err := s.digest(ctx, releaseRef)
	if err != nil {
		return err
	}
	if bundle == "" {
		s.report(RuleBundleExists, bundleRef, "the bundle does not exist")
		bundleRef = ""
	}
	switch {
	case release != "":
	case module.IsVersion(tag):
		s.report(RuleReleaseExists, releaseRef, "the release image does not exist")
	default:
		s.warn(RuleReleaseExists, releaseRef, "the release image does not exist; a ModulePullOverride does not need it")
	}
	if release == "" {
		releaseRef = ""
	}
	if err := s.checkContentsOf(ctx, bundleRef, releaseRef, tag, missing); err != nil {
		return err
	}
	if err := s.checkExpected(ctx, tag); err != nil {
		return err
	}
	return s.checkAttestations(ctx, bundle, bundleRef)
}

// checkExpected checks rule 43 for the references of one tag.
func (s *session) checkExpected(ctx context.Context, tag string) error {
	for _, ref := range []string{s.repo.Bundle(tag), s.repo.Release(tag)} {
		want, known := s.opts.Expected[ref]
		if !known {
			continue
		}
		digest, err := s.digest(ctx, ref)
		if err != nil {
			return err
		}
		if digest != "" && digest != want {
			s.report(RuleUnchangedCopy, ref, "the digest is %s, it was built or copied as %s", digest, want)
		}
	}
	return nil
}
