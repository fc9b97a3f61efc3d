package contract

import (
	"context"
	"maps"
	"slices"

	"github.com/modship/modship/pkg/contract/internal/artifact"
	"github.com/modship/modship/pkg/module"
)

// checkExtraFile checks the file of rule 38 and returns the tags of the extra
// images by name.
func (c *checker) checkExtraFile(t *artifact.Tree) map[string]string {
	data, ok := t.Data(artifact.ExtraFile)
	if e := t.File(artifact.ExtraFile); e != nil && !ok {
		c.warn(RuleExtraImages, t.At(artifact.ExtraFile), "extra_images.json has %d bytes: above %d it is not checked, expected a few names and tags", e.Size, module.MaxMetadataSize)
	}
	if !ok {
		return nil
	}
	images, err := module.ParseExtraImages(data)
	if err != nil {
		c.report(RuleExtraImages, t.At(artifact.ExtraFile), "%v", err)
		return nil
	}
	tags := map[string]string{}
	for _, image := range images {
		switch {
		case image.Fault != nil:
			c.report(RuleExtraImages, t.At(artifact.ExtraFile), "%v", image.Fault)
		case image.Ignored:
			c.warn(RuleExtraImages, t.At(artifact.ExtraFile), "extra_images.json: the tag of %q is neither a string nor a number, so d8 mirror ignores it", image.Name)
		default:
			tags[image.Name] = image.Tag
		}
	}
	return tags
}

// checkExtraPresent checks that the extra images exist. A version that is
// published without one works in clusters, but cannot be copied as a whole; d8
// mirror only warns.
func (s *session) checkExtraPresent(ctx context.Context, artifact string, tags map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		ref := s.repo.ExtraRepo(name) + ":" + tags[name]
		digest, err := s.digest(ctx, ref)
		if err != nil {
			return err
		}
		if digest == "" {
			s.reportUnlessPublished(RuleExtraImages, artifact, "the extra image %s does not exist", ref)
		}
	}
	return nil
}
