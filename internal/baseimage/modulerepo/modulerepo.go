// Package modulerepo makes a git repository of a module directory of this
// repository. werf builds commits, and an example that is a subdirectory of
// another repository has none of its own.
package modulerepo

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"github.com/modship/modship/internal/baseimage"
)

// Registry is the address that the committed modules name: modship's embedded
// registry.
const Registry = "127.0.0.1:5555"

// How the committed modules name the base image: the registry's address and,
// wherever the image itself is named, its tag.
var (
	registryPath = regexp.MustCompile(regexp.QuoteMeta(Registry) + `/base\b`)
	imageTag     = regexp.MustCompile(`\btoolbox:src-[0-9a-f]{12}\b`)
)

// Options are the options of [Materialise].
type Options struct {
	// Registry replaces [Registry] in every reference to the base image.
	Registry string
	// SourceDir is the toolbox's directory, for its current tag; empty means
	// the one of this repository.
	SourceDir string
}

// Materialise copies the module in src to dst, lets its references to the base
// image name the given registry and the current tag, and commits everything in
// a new repository on the branch main. Author and dates are fixed: the same
// content gives the same commit anywhere.
func Materialise(ctx context.Context, dst, src string, opts Options) error {
	if opts.Registry == "" {
		opts.Registry = Registry
	}
	if opts.SourceDir == "" {
		found, err := baseimage.SourceDir(ctx)
		if err != nil {
			return err
		}
		opts.SourceDir = found
	}
	tag, err := baseimage.Tag(opts.SourceDir)
	if err != nil {
		return err
	}
	if err := copyTree(dst, src, opts.Registry, tag); err != nil {
		return fmt.Errorf("copy the module %s: %w", src, err)
	}
	if _, err := git(ctx, dst, firstCommit, "init", "--quiet", "--initial-branch=main"); err != nil {
		return err
	}
	return Commit(ctx, dst, "The module")
}

// Commit commits everything that changed in dir, ignored files excepted. The
// date is one minute after that of the last commit.
func Commit(ctx context.Context, dir, message string) error {
	if _, err := git(ctx, dir, firstCommit, "add", "--all"); err != nil {
		return err
	}
	when := firstCommit
	if last, err := git(ctx, dir, when, "log", "-1", "--format=%ct"); err == nil {
		seconds, err := strconv.ParseInt(last, 10, 64)
		if err != nil {
			return fmt.Errorf("date of the last commit of %s: %w", dir, err)
		}
		when = time.Unix(seconds, 0).Add(time.Minute)
	}
	_, err := git(ctx, dir, when, "commit", "--quiet", "--allow-empty", "--message", message)
	return err
}

func copyTree(dst, src, registry, tag string) error {
	return filepath.WalkDir(src, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(src, path)
		if err != nil {
			return err
		}
		target := filepath.Join(dst, relative)
		if entry.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, Retarget(text, registry, tag), info.Mode().Perm())
	})
}

// Retarget lets every reference to the base image in text name the registry
// and the tag.
func Retarget(text []byte, registry, tag string) []byte {
	text = registryPath.ReplaceAllLiteral(text, []byte(registry+"/base"))
	return imageTag.ReplaceAllLiteral(text, []byte("toolbox:"+tag))
}
