package werfenv

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/containers/storage"
	"github.com/werf/werf/v2/pkg/buildah"
)

// Import is an import of files into an image.
type Import struct {
	From    string // name of the image that has the files
	Add, To string // paths in the two images
}

// Link is a symbolic link in an image that leads an import astray.
type Link struct {
	Path, Target string
	// Resolved is the path in the image where the files should go.
	Resolved string
	Import   Import
}

// maxLinks bounds how many links are followed, as the kernel does.
const maxLinks = 40

// FindLink looks in an image of Buildah's container storage for symbolic links on
// the way to where imports put their files, and returns the first one that makes
// werf lose them, or nil. werf's copy (github.com/werf/copy-recurse) reads a link at
// the end of the path as one of this machine, relative to the working directory; an
// absolute link on the way leads to this machine too. Docker copies inside of a
// container, where links are right.
func (p *Process) FindLink(ctx context.Context, image, platform string, imports []Import) (found *Link, err error) {
	if p.buildah == nil || len(imports) == 0 {
		return nil, nil
	}
	err = p.mounted(ctx, image, platform, func(root string) error {
		for _, imp := range imports {
			link, last, err := linkOnPath(root, imp.To)
			if err == nil && link != nil && last {
				link, err = p.unlessFile(ctx, link, imp, platform)
			}
			if err != nil {
				return err
			}
			if link != nil {
				link.Import, found = imp, link
				return nil
			}
		}
		return nil
	})
	return found, err
}

// unlessFile returns nil for a link to a directory that a single file is imported
// into, which works.
func (p *Process) unlessFile(ctx context.Context, link *Link, imp Import, platform string) (*Link, error) {
	err := p.mounted(ctx, imp.From, platform, func(source string) error {
		info, err := os.Lstat(filepath.Join(source, imp.Add))
		if err == nil && !info.IsDir() && !filepath.IsAbs(link.Target) {
			link = nil
		}
		return err
	})
	return link, err
}

// mounted calls do with the root directory of an image.
func (p *Process) mounted(ctx context.Context, image, platform string, do func(root string) error) (err error) {
	if id := p.buildah.find(ctx, image, platform); id != "" {
		return mountedImage(storeOf(p.buildah.Buildah), id, do)
	}
	common := buildah.CommonOpts{TargetPlatform: platform}
	container := "modship-" + rand.Text()
	if _, err := p.buildah.FromCommand(ctx, container, image, buildah.FromCommandOpts(common)); err != nil {
		return fmt.Errorf("look into image %s: %w", image, err)
	}
	defer func() { err = errors.Join(err, p.buildah.Rm(ctx, container, buildah.RmOpts(common))) }()
	root, err := p.buildah.Mount(ctx, container, buildah.MountOpts(common))
	if err != nil {
		return fmt.Errorf("look into image %s: %w", image, err)
	}
	defer func() { err = errors.Join(err, p.buildah.Umount(ctx, container, buildah.UmountOpts(common))) }()
	return do(root)
}

// mountedImage calls do with the root directory of an image in the storage, which
// takes no container.
func mountedImage(store storage.Store, id string, do func(root string) error) (err error) {
	root, err := store.MountImage(id, nil, "")
	if err != nil {
		return fmt.Errorf("look into image %s: %w", id, err)
	}
	defer func() {
		_, unmounted := store.UnmountImage(id, false)
		err = errors.Join(err, unmounted)
	}()
	return do(root)
}

// linkOnPath returns the first link on a path below root that werf does not
// follow inside of root; last is set for a link to a directory at the path's end.
func linkOnPath(root, path string) (link *Link, last bool, err error) {
	rest := strings.Split(strings.Trim(filepath.Clean("/"+path), "/"), "/")
	at := "/"
	for followed := 0; len(rest) > 0 && followed <= maxLinks; {
		next := filepath.Join(at, rest[0])
		info, err := os.Lstat(filepath.Join(root, next))
		if errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode()&fs.ModeSymlink == 0 {
			at, rest = next, rest[1:]
			continue
		}
		if err != nil {
			return nil, false, fmt.Errorf("look at %s in the image: %w", next, err)
		}
		target, err := os.Readlink(filepath.Join(root, next))
		if err != nil {
			return nil, false, fmt.Errorf("look at %s in the image: %w", next, err)
		}
		inside := filepath.Join(at, target) // Join with "/" keeps ".." inside
		if filepath.IsAbs(target) {
			inside = filepath.Clean(target)
		}
		found := &Link{Path: next, Target: target, Resolved: filepath.Join(append([]string{inside}, rest[1:]...)...)}
		switch isDir := isDirectory(root, inside); {
		case filepath.IsAbs(target) && (isDir || len(rest) > 1):
			return found, len(rest) == 1, nil
		case len(rest) == 1 && isDir:
			return found, true, nil
		case len(rest) == 1:
			return nil, false, nil // a link to a file, or to nothing, is replaced
		}
		followed++
		at, rest = "/", append(strings.Split(strings.Trim(inside, "/"), "/"), rest[1:]...)
	}
	return nil, false, nil
}

func isDirectory(root, path string) bool {
	info, err := os.Stat(filepath.Join(root, path))
	return err == nil && info.IsDir()
}
