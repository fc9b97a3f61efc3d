package contract

import (
	"context"
	"slices"

	"github.com/modship/modship/pkg/contract/internal/artifact"
	"github.com/modship/modship/pkg/module"
)

// Images are the built images that are about to be published.
type Images struct {
	Tag      string           // module tag to publish them under
	Bundle   string           // reference of the built bundle, by digest
	Release  string           // reference of the built release image, by digest
	Dev      bool             // the build is no release
	Channels []module.Channel // release channels to promote to
}

// CheckImages checks built images before they are published under their tag in
// repo: their contents, and how the version fits to what is published already.
// An error means that the registry could not be read.
func CheckImages(ctx context.Context, reader Reader, repo module.Repository, images Images, opts Options) ([]Violation, error) {
	s := newSession(reader, repo, opts)
	s.published = false
	s.checkTag(repo.Bundle(images.Tag), images.Tag, images.Dev, images.Channels)
	if err := s.checkContentsOf(ctx, images.Bundle, images.Release, images.Tag, RuleDigestsPresent); err != nil {
		return nil, err
	}
	if module.IsVersion(images.Tag) {
		if err := s.checkImmutable(ctx, images); err != nil {
			return nil, err
		}
		if err := s.checkNewStep(ctx, images); err != nil {
			return nil, err
		}
	}
	if err := s.checkAttestations(ctx, "", ""); err != nil {
		return nil, err
	}
	return s.result(), nil
}

// checkImmutable checks rule 41: the version is new, or has this very content.
func (s *session) checkImmutable(ctx context.Context, images Images) error {
	for _, image := range []struct{ target, built string }{
		{s.repo.Bundle(images.Tag), images.Bundle},
		{s.repo.Release(images.Tag), images.Release},
	} {
		if image.built == "" {
			continue
		}
		present, err := s.digest(ctx, image.target)
		if err != nil {
			return err
		}
		digest, err := s.digest(ctx, image.built)
		if err != nil {
			return err
		}
		if present != "" && digest != "" && present != digest {
			s.report(RuleImmutableVersion, image.target, "%s is published already with different content: %s, now %s", images.Tag, present, digest)
		}
	}
	return nil
}

// checkContentsOf checks the contents of a bundle and a release image, of
// which either reference may be empty. Missing is the rule that a digest
// without image violates.
func (s *session) checkContentsOf(ctx context.Context, bundleRef, releaseRef, tag string, missing RuleID) error {
	var bundle, release *artifact.Tree
	for _, image := range []struct {
		ref  string
		into **artifact.Tree
	}{{bundleRef, &bundle}, {releaseRef, &release}} {
		if image.ref == "" {
			continue
		}
		t, err := s.tree(ctx, image.ref)
		if err != nil {
			return err
		}
		if s.checkPlatform(t) {
			*image.into = t
		}
		if err := s.checkSignature(ctx, image.ref); err != nil {
			return err
		}
	}
	if release != nil {
		s.checkReleaseOf(release, bundle, tag)
	}
	if bundle == nil {
		s.checkName(s.repo.String(), s.repo.Name, false)
		return nil
	}
	digests, err := s.checkBundle(ctx, bundle)
	if err != nil {
		return err
	}
	s.checkBundleDefinition(bundle, release, tag)
	if err := s.checkDigestsPresent(ctx, missing, bundle.Name, digests); err != nil {
		return err
	}
	return s.checkExtraPresent(ctx, bundle.Name, s.checkExtraFile(bundle))
}

// checkReleaseOf checks a release image. No consumer reads the one of a dev
// build, so there all findings are warnings, and what the bundle's module.yaml
// says too is left to the bundle.
func (s *session) checkReleaseOf(release, bundle *artifact.Tree, tag string) {
	part := s.apart()
	part.checkRelease(release, s.repo.Name, tag)
	inBundle := s.apart()
	if bundle != nil {
		if same, known := sameDefinition(bundle, release); known && !same {
			part.report(RuleDefinition, release.Name, "module.yaml of the release image differs from the bundle's")
		}
		inBundle.checkDefinition(bundle, s.repo.Name, tag)
	}
	if module.IsVersion(tag) {
		s.take(part.findings, func(Violation) bool { return true })
		return
	}
	part.soften()
	s.take(part.findings, func(v Violation) bool {
		return !slices.ContainsFunc(inBundle.found, func(o Violation) bool { return o.Rule == v.Rule && o.Message == v.Message })
	})
}

// checkBundleDefinition checks the bundle's module.yaml, unless it says what
// the release image's says and has been checked there. For a dev build it is
// always checked: a ModulePullOverride loads the bundle.
func (s *session) checkBundleDefinition(bundle, release *artifact.Tree, tag string) {
	if release != nil && module.IsVersion(tag) {
		if same, _ := sameDefinition(bundle, release); same {
			return
		}
	}
	s.checkDefinition(bundle, s.repo.Name, tag)
}
