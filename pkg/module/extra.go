package module

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// ExtraImage is one entry of an extra_images.json: the image
// <source>/<module>/extra/<Name>:<Tag>.
type ExtraImage struct {
	Name, Tag string
	// Ignored says that the tag is neither a string nor a number: d8 mirror
	// passes over such an entry (deckhouse-cli, internal/mirror/modules).
	Ignored bool
	// Fault says why no registry can have the image; nil if one can.
	Fault error
}

// maxExtraLength leaves room for the module source in a repository's name.
const maxExtraLength = 100

// ParseExtraImages returns the entries of an extra_images.json by name. The
// file is a JSON object from name to tag; a tag that is a number counts as it
// is written.
func ParseExtraImages(data []byte) ([]ExtraImage, error) {
	var file map[string]json.RawMessage
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("extra_images.json is not a JSON object from name to tag: %w", err)
	}
	if file == nil {
		return nil, errors.New("extra_images.json is not a JSON object from name to tag but null")
	}
	var images []ExtraImage
	for _, name := range slices.Sorted(maps.Keys(file)) {
		image := ExtraImage{Name: name}
		tag, ok := scalarText(file[name])
		switch {
		case len(name) > maxExtraLength || !IsRepositoryPath(name):
			image.Fault = fmt.Errorf("extra_images.json: the name %q cannot be part of a repository <name>/extra/<extra>: expected lower case letters, digits and single separators . _ - between them", name)
		case !ok:
			image.Ignored = true
		case CheckTag(tag) != nil:
			image.Fault = fmt.Errorf("extra_images.json: the extra image %q has an invalid tag %q", name, tag)
		default:
			image.Tag = tag
		}
		images = append(images, image)
	}
	return images, nil
}

// scalarText returns a JSON string, or the text of a JSON number.
func scalarText(raw json.RawMessage) (string, bool) {
	var text string
	if json.Unmarshal(raw, &text) == nil && raw[0] == '"' {
		return text, true
	}
	var number json.Number
	if raw[0] != '"' && json.Unmarshal(raw, &number) == nil && number != "" {
		return number.String(), true
	}
	return "", false
}
