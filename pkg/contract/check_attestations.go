package contract

import (
	"context"
	"maps"
	"slices"

	"github.com/modship/modship/pkg/module"
)

// checkAttestations checks rule 44: what the build attests is attested in the
// repository, and of the images of a bundle what is attested at the origin of
// a copy. Digest is the bundle's own; both are empty if there is no bundle.
func (s *session) checkAttestations(ctx context.Context, digest, bundleRef string) error {
	wanted := slices.Clone(s.opts.Attested)
	if s.opts.Origin != nil && bundleRef != "" {
		carried, err := s.attestedAtOrigin(ctx, digest, bundleRef)
		if err != nil {
			return err
		}
		wanted = append(wanted, carried...)
	}
	if len(wanted) == 0 {
		return nil
	}
	tags, err := s.tagsOf(ctx, s.repo.BundleRepo())
	if err != nil {
		return err
	}
	for _, digest := range wanted {
		if !slices.Contains(tags, module.AttestationTag(digest)) {
			s.report(44, s.repo.BundleRepo(), "the image %s has no attestation %s", digest, module.AttestationTag(digest))
		}
	}
	return nil
}

// attestedAtOrigin returns those digests of a bundle and its images that have
// an attestation where they were copied from.
func (s *session) attestedAtOrigin(ctx context.Context, digest, bundleRef string) ([]string, error) {
	t, err := s.tree(ctx, bundleRef)
	if err != nil {
		return nil, err
	}
	data, _ := t.data(digestsFile)
	named, err := module.ParseDigests(data)
	if err != nil {
		named = nil // reported by rules 26 and 27
	}
	repo := s.opts.Origin.Repository.BundleRepo()
	tags, err := s.opts.Origin.Reader.Tags(ctx, repo)
	if err != nil {
		return nil, wrap(err, "list tags of", repo)
	}
	var attested []string
	for _, digest := range append(slices.Sorted(maps.Values(named)), digest) {
		if slices.Contains(tags, module.AttestationTag(digest)) {
			attested = append(attested, digest)
		}
	}
	return attested, nil
}
