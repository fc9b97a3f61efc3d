// Package fetch brings the files that modship.yaml names into the project
// directory, as the set-up of CI systems does before werf renders werf.yaml.
// What was fetched stays in a cache, so that the next run needs no network.
package fetch

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/modship/modship/internal/git"
	"github.com/modship/modship/internal/projectfile"
)

// FilesOptions say where files come from and go to.
type FilesOptions struct {
	Dir   string // project directory
	Cache string // directory of the cache; it is made when missing
	// Lookup returns the variables that URLs and paths use.
	Lookup func(name string) (string, bool)
	// Client makes the requests; nil takes http.DefaultClient.
	Client *http.Client

	pause time.Duration // before the second attempt; 0 takes firstPause
}

// Outcome says what was done about a file.
type Outcome string

// The outcomes.
const (
	Committed  Outcome = "committed"  // the repository has the file: it stays as it is
	Present    Outcome = "present"    // the project directory has it already
	Cached     Outcome = "cached"     // copied from the cache
	Downloaded Outcome = "downloaded" // fetched now
)

// Result is what became of one file.
type Result struct {
	Path    string // relative to the project directory
	SHA256  string // of the content; empty for a committed file
	Outcome Outcome
	// Pinned reports that modship.yaml has the checksum.
	Pinned bool
	// Ignored reports that git ignores the file.
	Ignored bool
	// Allowed reports that werf-giterminism.yaml lets the templates read it
	// although it is not committed.
	Allowed bool
}

// Files brings the files into the project directory, in order. It never
// overwrites a committed file, nor one that it did not fetch itself.
//
// Errors: *[projectfile.UnsetError], *[ChecksumError], *[StatusError],
// *[ForeignError].
func Files(ctx context.Context, files []projectfile.Download, opts FilesOptions) ([]Result, error) {
	if len(files) == 0 {
		return nil, nil
	}
	root, err := os.OpenRoot(opts.Dir)
	if err != nil {
		return nil, fmt.Errorf("open the project directory: %w", err)
	}
	defer root.Close()
	f := fetcher{
		opts: opts, root: root, cache: cache{dir: opts.Cache}, repository: git.At(opts.Dir),
		client: cmp.Or(opts.Client, http.DefaultClient), pause: cmp.Or(opts.pause, firstPause),
	}
	var results []Result
	for _, file := range files {
		result, err := f.file(ctx, file)
		if err != nil {
			return results, fmt.Errorf("fetch %s: %w", file.Path, err)
		}
		results = append(results, result)
	}
	return results, nil
}

type fetcher struct {
	opts       FilesOptions
	root       *os.Root
	cache      cache
	repository git.Repository
	client     *http.Client
	pause      time.Duration // before the second attempt
}

func (f *fetcher) file(ctx context.Context, file projectfile.Download) (Result, error) {
	url, err := projectfile.Expand(file.URL, f.opts.Lookup)
	if err != nil {
		return Result{}, err
	}
	path, err := projectfile.Expand(file.Path, f.opts.Lookup)
	if err != nil {
		return Result{}, err
	}
	path = filepath.Clean(path)
	result := Result{Path: path, SHA256: file.SHA256, Pinned: file.SHA256 != ""}
	if tracked, err := f.repository.IsTracked(ctx, path); err != nil {
		return result, err
	} else if tracked {
		result.Outcome, result.SHA256 = Committed, ""
		return result, nil
	}
	if result.Ignored, err = f.repository.IsIgnored(ctx, path); err != nil {
		return result, err
	}
	if result.Allowed, err = isAllowed(f.root.FS(), path); err != nil {
		return result, err
	}
	return result, f.bring(ctx, file, url, &result)
}

// bring puts the content into the project directory unless it is there.
func (f *fetcher) bring(ctx context.Context, file projectfile.Download, url string, result *Result) error {
	if result.SHA256 == "" {
		result.SHA256 = f.cache.digestOf(url)
	}
	there, err := f.digest(result.Path)
	switch {
	case err != nil:
		return err
	case there != "" && there == result.SHA256:
		result.Outcome = Present
		return nil
	case there != "" && !f.cache.has(there):
		return &ForeignError{Path: result.Path}
	}
	result.Outcome = Cached
	if !f.cache.has(result.SHA256) {
		result.Outcome = Downloaded
		content, err := f.download(ctx, url, file.URL)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		got := hex.EncodeToString(sum[:])
		if result.Pinned && got != result.SHA256 {
			return &ChecksumError{URL: file.URL, Want: result.SHA256, Got: got}
		}
		result.SHA256 = got
		if err := f.cache.add(url, got, content); err != nil {
			return err
		}
	}
	content, err := f.cache.content(result.SHA256)
	if err != nil {
		return err
	}
	return f.write(result.Path, content)
}

// digest returns the SHA-256 of a file in the project directory, "" without one.
func (f *fetcher) digest(path string) (string, error) {
	file, err := f.root.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// write puts the file in place as a whole: a build that starts meanwhile does
// not read half of it.
func (f *fetcher) write(path string, content []byte) error {
	if err := f.root.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	temp := path + fmt.Sprintf(".modship-%d", os.Getpid())
	if err := f.root.WriteFile(temp, content, 0o644); err != nil {
		return err
	}
	return f.root.Rename(temp, path)
}
