package contract

import (
	"context"
	"encoding/json"
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
	var file map[string]any
	if err := json.Unmarshal(data, &file); err != nil || file == nil {
		c.report(38, t.at(extraFile), "extra_images.json is not a JSON object from name to tag")
		return nil
	}
	tags := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(file)) {
		tag, ok := extraTag(data, name, file[name])
		switch {
		case !isRepositoryPath(name):
			c.report(38, t.at(extraFile), "extra_images.json: the name %q cannot be part of a repository <name>/extra/<extra>: expected lower case letters, digits and single separators . _ - between them", name)
		case !ok:
			c.warn(38, t.at(extraFile), "extra_images.json: the tag of %q is neither a string nor a number, so d8 mirror ignores it", name)
		case module.CheckTag(tag) != nil:
			c.report(38, t.at(extraFile), "extra_images.json: the extra image %q has an invalid tag %q", name, tag)
		default:
			tags[name] = tag
		}
	}
	return tags
}

// isRepositoryPath tells whether name can be the end of a repository's path.
func isRepositoryPath(name string) bool {
	const longest = 100 // leaves room for the module source: a path has 255 characters
	return len(name) <= longest && module.IsRepositoryPath(name)
}

// extraTag returns a tag that is a string or a number, a number as it is
// written.
func extraTag(data []byte, name string, value any) (string, bool) {
	switch value := value.(type) {
	case string:
		return value, true
	case float64:
		var raw map[string]json.RawMessage
		if json.Unmarshal(data, &raw) != nil {
			return "", false
		}
		return string(raw[name]), true
	default:
		return "", false
	}
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
