package contract

import (
	"context"
	"maps"
	"slices"

	"github.com/modship/modship/pkg/module"
)

// checkExtraFile checks the file of rule 38 and returns the tags of the extra
// images by name.
func (c *checker) checkExtraFile(t *tree) map[string]string {
	data, ok := t.data(extraFile)
	if e := t.file(extraFile); e != nil && !ok {
		c.warn(38, t.at(extraFile), "extra_images.json has %d bytes: above %d it is not checked, expected a few names and tags", e.size, module.MaxMetadataSize)
	}
	if !ok {
		return nil
	}
	images, err := module.ParseExtraImages(data)
	if err != nil {
		c.report(38, t.at(extraFile), "%v", err)
		return nil
	}
	tags := map[string]string{}
	for _, image := range images {
		switch {
		case image.Fault != nil:
			c.report(38, t.at(extraFile), "%v", image.Fault)
		case image.Ignored:
			c.warn(38, t.at(extraFile), "extra_images.json: the tag of %q is neither a string nor a number, so d8 mirror ignores it", image.Name)
		default:
			tags[image.Name] = image.Tag
		}
	}
	return tags
}

// checkExtraPresent checks that the extra images exist; d8 mirror only warns.
func (s *session) checkExtraPresent(ctx context.Context, artifact string, tags map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		ref := s.repo.ExtraRepo(name) + ":" + tags[name]
		digest, err := s.digest(ctx, ref)
		if err != nil {
			return err
		}
		if digest == "" {
			s.warn(38, artifact, "the extra image %s does not exist", ref)
		}
	}
	return nil
}
