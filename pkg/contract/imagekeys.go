package contract

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/modship/modship/pkg/module"
)

// ImageKey is a place where a template of the module names an image of it.
type ImageKey struct {
	Key  string // in images_digests.json
	File string // path in the repository
}

// ImageKeys returns the image keys that the templates of the module name use,
// with fsys at the module's root, those that lib-helm names for it included.
func ImageKeys(ctx context.Context, fsys fs.FS, name string) ([]ImageKey, error) {
	t, err := readRepository(ctx, fsys)
	if err != nil {
		return nil, fmt.Errorf("read the templates: %w", err)
	}
	var keys []ImageKey
	for _, call := range findImageCalls(t).names {
		if call.module == "" || module.TemplateKey(call.module) == module.TemplateKey(name) {
			keys = append(keys, ImageKey{Key: call.key, File: call.file})
		}
	}
	return keys, nil
}
