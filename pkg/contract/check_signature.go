package contract

import (
	"context"

	"github.com/modship/modship/pkg/contract/internal/signature"
)

// checkSignature checks rule 49 for the image at ref, if it is signed, and for
// the images of an index.
func (s *session) checkSignature(ctx context.Context, ref string) error {
	reader, ok := s.reader.(ManifestReader)
	if !ok {
		return nil
	}
	raw, err := reader.RawManifest(ctx, ref)
	if err != nil {
		return wrap(err, "read the manifest of", ref)
	}
	manifest, err := signature.Read(raw)
	if err != nil {
		return wrap(err, "read the manifest of", ref)
	}
	if manifest.IsSigned() {
		if err := manifest.Verify(); err != nil {
			s.report(RuleSignatures, ref, "%v", err)
		}
	}
	for _, digest := range manifest.Children() {
		child := repositoryOf(ref) + "@" + digest
		found, err := s.digest(ctx, child)
		if err != nil {
			return err
		}
		if found == "" {
			continue // rules 29 and 45 ask for the parts of images
		}
		if err := s.checkSignature(ctx, child); err != nil {
			return err
		}
	}
	return nil
}
