package contract

import (
	"context"
	"maps"
	"slices"

	"github.com/modship/modship/pkg/contract/internal/artifact"
	"github.com/modship/modship/pkg/module"
)

// attestation is a tag that an image should have in the bundle repository.
type attestation struct {
	image string // reference or digest
	tag   string
}

// checkAttestations checks rule 44: what the build attests is attested in the
// repository, and of the images of a bundle what is attested at the origin of
// a copy. Digest is the bundle's own; both are empty if there is no bundle.
func (s *session) checkAttestations(ctx context.Context, digest, bundleRef string) error {
	var wanted []attestation
	for _, digest := range s.opts.Attested {
		wanted = append(wanted, attestation{digest, module.AttestationTag(digest)})
	}
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
	for _, a := range wanted {
		if !slices.Contains(tags, a.tag) {
			s.report(RuleAttestations, s.repo.BundleRepo(), "the image %s has no attestation %s", a.image, a.tag)
		}
	}
	return nil
}

// attestedAtOrigin returns those attestations of a bundle and its images that
// exist where they were copied from.
func (s *session) attestedAtOrigin(ctx context.Context, digest, bundleRef string) ([]attestation, error) {
	t, err := s.tree(ctx, bundleRef)
	if err != nil {
		return nil, err
	}
	repo := s.opts.Origin.Repository.BundleRepo()
	tags, err := s.opts.Origin.Reader.Tags(ctx, repo)
	if err != nil {
		return nil, wrap(err, "list tags of", repo)
	}
	return slices.DeleteFunc(s.possibleAttestations(t, digest, bundleRef), func(a attestation) bool {
		return !slices.Contains(tags, a.tag)
	}), nil
}

// possibleAttestations are the tags by which d8 mirror looks for attestations
// of a bundle's images: by digest, and of what it knows by tag, the bundle and
// the extra images, by that tag (modules.go, findVexImage).
func (s *session) possibleAttestations(t *artifact.Tree, digest, bundleRef string) []attestation {
	data, _ := t.Data(artifact.DigestsFile)
	named, err := module.ParseDigests(data)
	if err != nil {
		named = nil // reported by rules 26 and 27
	}
	var possible []attestation
	for _, digest := range append(slices.Sorted(maps.Values(named)), digest) {
		possible = append(possible, attestation{digest, module.AttestationTag(digest)})
	}
	_, tag := cutTag(bundleRef)
	possible = append(possible, attestation{bundleRef, tag + ".att"})
	extras := newChecker(nil, false).checkExtraFile(t) // its faults are reported elsewhere
	for _, name := range slices.Sorted(maps.Keys(extras)) {
		possible = append(possible, attestation{s.repo.ExtraRepo(name) + ":" + extras[name], extras[name] + ".att"})
	}
	return possible
}
