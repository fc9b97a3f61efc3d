package prune

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/modship/modship/pkg/module"
)

// isDevTag tells the tags of dev builds from what else is in the release
// repository: versions, channels, history, attestations.
func isDevTag(tag string) bool {
	_, err := module.ParseChannel(tag)
	return err != nil && !module.IsVersion(tag) && !strings.HasPrefix(tag, module.ReservedPrefix) &&
		!strings.HasPrefix(tag, "sha256-") && !strings.HasSuffix(tag, ".att")
}

// chooseDevTags sorts the tags into those that go and those whose content has
// to stay. A bundle goes before its release image: a bundle that is seen alone
// is a corrupted module.
func (p *pruner) chooseDevTags(ctx context.Context) error {
	var bundles, releases []Deletion
	for _, tag := range p.releaseTags {
		if !isDevTag(tag) || !p.matches(tag) {
			p.keep.addRelease(tag)
			continue
		}
		release, bundle, err := p.devDeletions(ctx, tag)
		if err != nil {
			return err
		}
		if release == nil {
			p.keep.addRelease(tag)
			continue
		}
		releases = append(releases, *release)
		if bundle != nil {
			bundles = append(bundles, *bundle)
		}
	}
	lone, err := p.chooseLoneBundle(ctx)
	if err != nil {
		return err
	}
	bundles = append(bundles, lone...)
	p.deletions = append(bundles, releases...)
	for _, tag := range p.bundleTags {
		// Whatever else is there may be a dev bundle without a release image,
		// which a ModulePullOverride does not need.
		going := slices.ContainsFunc(bundles, func(d Deletion) bool { return d.target.Identifier == tag })
		if !going && !stagePattern.MatchString(tag) && !strings.HasPrefix(tag, "sha256-") {
			p.keep.addBundle(tag)
		}
	}
	return nil
}

// chooseLoneBundle makes the deletion of the bundle that is named by its whole
// tag and has no release image. A version is never one, nor what werf keeps.
func (p *pruner) chooseLoneBundle(ctx context.Context) ([]Deletion, error) {
	tag := p.request.Pattern
	if !slices.Contains(p.bundleTags, tag) || slices.Contains(p.releaseTags, tag) || !isDevTag(tag) || isWerfTag(tag) {
		return nil, nil
	}
	bundle, err := p.deletion(ctx, p.request.Repository.Bundle(tag))
	if err != nil || bundle == nil {
		return nil, err
	}
	return []Deletion{*bundle}, nil
}

func (p *pruner) matches(tag string) bool {
	if p.request.Pattern == "" {
		return p.request.OlderThan > 0
	}
	ok, _ := path.Match(p.request.Pattern, tag) // the pattern was tried before
	return ok
}

// devDeletions makes the deletions of a dev tag; none when it, or one part of
// it, is too young.
func (p *pruner) devDeletions(ctx context.Context, tag string) (release, bundle *Deletion, err error) {
	repository := p.request.Repository
	if release, err = p.deletion(ctx, repository.Release(tag)); err != nil || release == nil {
		return nil, nil, err
	}
	if slices.Contains(p.bundleTags, tag) {
		if bundle, err = p.deletion(ctx, repository.Bundle(tag)); err != nil || bundle == nil {
			return nil, nil, err
		}
	}
	return release, bundle, err
}
