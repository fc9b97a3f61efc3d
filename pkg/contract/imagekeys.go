package contract

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/modship/modship/pkg/contract/internal/artifact"
	"github.com/modship/modship/pkg/contract/internal/templates"
)

// ImageKey is a place where a template of the module names an image of it.
type ImageKey struct {
	Key  string // in images_digests.json
	File string // path in the repository
}

// ImageKeysOptions help to find keys that templates compute.
type ImageKeysOptions struct {
	Keys   []string // keys that exist
	Render Renderer // nil: only the keys that are written down are found
}

// ImageKeys returns the image keys that the templates of the module name use,
// with fsys at the module's root, those that lib-helm names for it included.
func ImageKeys(ctx context.Context, fsys fs.FS, name string, opts ImageKeysOptions) ([]ImageKey, error) {
	t, err := artifact.ReadRepository(ctx, fsys)
	if err != nil {
		return nil, fmt.Errorf("read the templates: %w", err)
	}
	calls, known := templates.Find(t), map[string]bool{}
	for _, key := range opts.Keys {
		known[key] = true
	}
	found, err := rendered(ctx, opts.Render, t, calls, name, known)
	if err != nil {
		return nil, err
	}
	var keys []ImageKey
	for _, call := range withRendered(calls, found.Keys, name).Names {
		if call.Of(name) {
			keys = append(keys, ImageKey{Key: call.Key, File: call.File})
		}
	}
	return keys, nil
}
