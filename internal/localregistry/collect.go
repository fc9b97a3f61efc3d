package localregistry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/distribution/distribution/v3"
	"github.com/distribution/distribution/v3/registry/storage"
	"github.com/distribution/distribution/v3/registry/storage/driver"
	"github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
	"github.com/distribution/reference"
	"github.com/opencontainers/go-digest"
)

// CollectOptions say what [Collect] may remove beside unreferenced blobs.
type CollectOptions struct {
	// Untagged has the repositories whose manifests go when they have no tag, are
	// not part of an index that has one, and are not needed. The function reports
	// whether something outside the registry's own data needs a digest.
	Untagged map[string]func(digest string) (needed bool)
}

// Collect removes from the registry's data in dir what nothing references, with
// distribution's garbage collection, and returns the bytes that became free. The
// caller holds the data [Alone].
func Collect(ctx context.Context, dir string, opts CollectOptions) (freed int64, err error) {
	before, err := Size(dir)
	if err != nil {
		return 0, err
	}
	ctx = silence(ctx)
	files, err := filesystem.FromParameters(map[string]any{"rootdirectory": dir})
	if err != nil {
		return 0, fmt.Errorf("open the registry's data: %w", err)
	}
	registry, err := storage.NewRegistry(ctx, files, storage.EnableDelete)
	if err != nil {
		return 0, fmt.Errorf("open the registry's data: %w", err)
	}
	c := collector{files: files, registry: registry}
	for name, needed := range opts.Untagged {
		if err := c.removeUntagged(ctx, name, needed); err != nil {
			return 0, fmt.Errorf("remove untagged images of %s: %w", name, err)
		}
	}
	err = storage.MarkAndSweep(ctx, files, registry, storage.GCOpts{Quiet: true})
	if err != nil && !isMissing(err) { // an empty registry has no directories yet
		return 0, fmt.Errorf("free the registry's space: %w", err)
	}
	after, err := Size(dir)
	return before - after, err
}

type collector struct {
	files    driver.StorageDriver
	registry distribution.Namespace
}

func (c *collector) removeUntagged(ctx context.Context, name string, needed func(string) bool) error {
	named, err := reference.WithName(name)
	if err != nil {
		return err
	}
	repository, err := c.registry.Repository(ctx, named)
	if err != nil {
		return err
	}
	manifests, err := repository.Manifests(ctx)
	if err != nil {
		return err
	}
	tags, err := repository.Tags(ctx).All(ctx)
	if errors.As(err, new(distribution.ErrRepositoryUnknown)) {
		return nil
	}
	if err != nil {
		return err
	}
	kept := map[digest.Digest]bool{}
	for _, tag := range tags {
		described, err := repository.Tags(ctx).Get(ctx, tag)
		if err != nil {
			return err
		}
		if err := keep(ctx, manifests, described.Digest, kept); err != nil {
			return err
		}
	}
	var gone []digest.Digest
	err = manifests.(distribution.ManifestEnumerator).Enumerate(ctx, func(d digest.Digest) error {
		if !kept[d] && !needed(d.String()) {
			gone = append(gone, d)
		}
		return nil
	})
	if err != nil && !isMissing(err) {
		return err
	}
	for _, d := range gone {
		if err := storage.NewVacuum(ctx, c.files).RemoveManifest(name, d, tags); err != nil && !isMissing(err) {
			return err
		}
	}
	return nil
}

// keep marks a manifest and what it references: the images of an index are
// manifests as well.
func keep(ctx context.Context, manifests distribution.ManifestService, d digest.Digest, kept map[digest.Digest]bool) error {
	if kept[d] {
		return nil
	}
	kept[d] = true
	manifest, err := manifests.Get(ctx, d)
	if err != nil {
		return nil //nolint:nilerr // a broken manifest has no parts that could be kept
	}
	for _, part := range manifest.References() {
		if exists, err := manifests.Exists(ctx, part.Digest); err != nil || !exists {
			continue // a blob
		}
		if err := keep(ctx, manifests, part.Digest, kept); err != nil {
			return err
		}
	}
	return nil
}

func isMissing(err error) bool {
	var missing driver.PathNotFoundError
	return errors.As(err, &missing) || strings.Contains(err.Error(), "Path not found")
}

// Repositories lists the repositories in the registry's data in dir that are
// directly below path.
func Repositories(dir, path string) ([]string, error) {
	root := filepath.Join(dir, "docker", "registry", "v2", "repositories", filepath.FromSlash(path))
	entries, err := os.ReadDir(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the repositories: %w", err)
	}
	var names []string
	for _, entry := range entries {
		if _, err := os.Stat(filepath.Join(root, entry.Name(), "_manifests")); err == nil {
			names = append(names, entry.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

// Size returns the bytes of the registry's data in dir. A directory that does
// not exist has none.
func Size(dir string) (bytes int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed meanwhile
		}
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		if info, err := entry.Info(); err == nil {
			bytes += info.Size()
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("measure the registry's data: %w", err)
	}
	return bytes, nil
}
