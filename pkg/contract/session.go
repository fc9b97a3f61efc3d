package contract

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/modship/modship/pkg/contract/internal/artifact"
	"github.com/modship/modship/pkg/module"
)

// session is one run of checks against a module's repository. Trees and images
// that several rules ask for are read once.
type session struct {
	*checker
	*caches
	trees  *once[*artifact.Tree]
	reader Reader
	repo   module.Repository
	opts   Options
}

// caches are the lookups of one run by reference or digest.
type caches struct {
	images once[imageState]
	tags   once[[]string]
	heads  once[string]
}

func newSession(reader Reader, repo module.Repository, opts Options) *session {
	return &session{checker: &checker{waive: opts.Waive, published: true}, caches: &caches{}, trees: &once[*artifact.Tree]{}, reader: reader, repo: repo, opts: opts}
}

// apart returns the session with a checker of its own, for findings that are
// sorted out before they are reported.
func (s *session) apart() *session {
	part := *s
	part.checker = &checker{waive: s.opts.Waive, published: s.published}
	return &part
}

// imageState is what the registry says of one image of the module's repository.
type imageState struct {
	found     bool
	missing   []string // digests of its parts that are not there
	platforms []string
	runs      bool // on linux/amd64
}

// image looks an application image up by its digest.
func (s *session) image(ctx context.Context, digest string) (imageState, error) {
	return s.images.get(digest, func() (imageState, error) {
		ref := s.repo.Image(digest)
		_, found, err := s.reader.Digest(ctx, ref)
		if err != nil || !found {
			return imageState{}, wrap(err, "look up", ref)
		}
		if missing, err := s.missingBlobs(ctx, ref); err != nil || len(missing) > 0 {
			return imageState{found: true, missing: missing}, err
		}
		platforms, err := s.reader.Platforms(ctx, ref)
		return imageState{found: true, platforms: platforms, runs: runsOnNodes(platforms)}, wrap(err, "read platforms of", ref)
	})
}

// missingBlobs returns the parts of an image that are not there, if it is asked
// for them.
func (s *session) missingBlobs(ctx context.Context, ref string) ([]string, error) {
	reader, ok := s.reader.(BlobReader)
	if !ok || !s.opts.Blobs {
		return nil, nil
	}
	missing, err := reader.MissingBlobs(ctx, ref)
	return missing, wrap(err, "look for the layers of", ref)
}

// tree reads the files of the image at ref. An image that has several tags in
// a repository is read once.
func (s *session) tree(ctx context.Context, ref string) (*artifact.Tree, error) {
	digest, err := s.digest(ctx, ref)
	if err != nil {
		return nil, err
	}
	image := ref
	if digest != "" {
		image = repositoryOf(ref) + "@" + digest
	}
	read, err := s.trees.get(image, func() (*artifact.Tree, error) { return s.readTree(ctx, image) })
	if err != nil {
		return nil, err
	}
	named := *read
	named.Name = ref
	return &named, nil
}

// readTree reads an image as the controller does: of an index the image for
// linux/amd64, a plain manifest as it is, whatever platform it says (cr.go).
func (s *session) readTree(ctx context.Context, image string) (*artifact.Tree, error) {
	platforms, err := s.reader.Platforms(ctx, image)
	if err != nil {
		return nil, wrap(err, "read platforms of", image)
	}
	t, err := artifact.New(image, true), error(nil)
	if runsOnNodes(platforms) || len(platforms) == 1 {
		t, err = artifact.ReadImage(ctx, s.reader, image)
	}
	switch {
	case runsOnNodes(platforms):
		return t, err
	case len(platforms) != 1 || errors.Is(err, module.ErrPlatform): // an index
		t = artifact.New(image, true)
		t.Foreign = true
	case err != nil:
		return nil, err
	}
	t.Platforms = platforms
	return t, nil
}

// repositoryOf returns a reference without its tag or digest.
func repositoryOf(ref string) string {
	if repo, _, ok := strings.Cut(ref, "@"); ok {
		return repo
	}
	repo, _ := cutTag(ref)
	return repo
}

// cutTag cuts a reference by tag in two.
func cutTag(ref string) (repo, tag string) {
	i := strings.LastIndex(ref, ":")
	return ref[:i], ref[i+1:]
}

// digest returns the digest that ref names, or "" if there is none.
func (s *session) digest(ctx context.Context, ref string) (string, error) {
	return s.heads.get(ref, func() (string, error) {
		digest, found, err := s.reader.Digest(ctx, ref)
		if !found {
			digest = ""
		}
		return digest, wrap(err, "look up", ref)
	})
}

// tagsOf lists the tags of a repository.
func (s *session) tagsOf(ctx context.Context, repo string) ([]string, error) {
	return s.tags.get(repo, func() ([]string, error) {
		tags, err := s.reader.Tags(ctx, repo)
		return tags, wrap(err, "list tags of", repo)
	})
}

// checkPlatform checks rule 30 for a bundle or release image and reports whether
// consumers can read it.
func (c *checker) checkPlatform(t *artifact.Tree) bool {
	switch {
	case t.Foreign && len(t.Platforms) == 0:
		c.report(RulePlatform, t.Name, "the index names no platform, expected %s", nodePlatform)
	case t.Foreign:
		c.report(RulePlatform, t.Name, "the index has %s only, expected %s", strings.Join(t.Platforms, ", "), nodePlatform)
	case len(t.Platforms) > 0:
		c.warn(RulePlatform, t.Name, "the image %s; the controller reads it all the same", otherPlatform(t.Platforms))
	}
	return !t.Foreign
}

// otherPlatform says which platforms an image has instead of that of the nodes.
func otherPlatform(platforms []string) string {
	switch {
	case slices.Equal(platforms, []string{"unknown"}):
		return "has no platform in its config, expected " + nodePlatform
	case len(platforms) == 0:
		return "is an index that names no platform, expected " + nodePlatform
	default:
		return "is for " + strings.Join(platforms, ", ") + " only, expected " + nodePlatform
	}
}

// nodePlatform is the platform of the controller and of the nodes.
const nodePlatform = "linux/amd64"

// runsOnNodes reports whether one of the platforms is that of the nodes.
func runsOnNodes(platforms []string) bool {
	return slices.ContainsFunc(platforms, func(p string) bool {
		return p == nodePlatform || strings.HasPrefix(p, nodePlatform+"/")
	})
}

// wrap says what was being done, unless the reader's error names that already.
func wrap(err error, doing, what string) error {
	if err == nil || strings.Contains(err.Error(), what) {
		return err
	}
	return fmt.Errorf("%s %s: %w", doing, what, err)
}

// parallel is the number of checks that talk to the registry at a time. The
// reader may limit its requests further.
const parallel = 8

// each calls fn for each item, some at a time, and returns the first error.
func each[T any](ctx context.Context, items []T, fn func(context.Context, T) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for _, item := range items {
		group.Go(func() error { return fn(ctx, item) })
	}
	return group.Wait()
}

// once remembers the result of a lookup by key. Concurrent lookups of one key
// wait for the first; failures are not remembered.
type once[T any] struct {
	mu      sync.Mutex
	entries map[string]*onceEntry[T]
}

type onceEntry[T any] struct {
	mu    sync.Mutex
	done  bool
	value T
}

func (o *once[T]) get(key string, lookup func() (T, error)) (T, error) {
	o.mu.Lock()
	if o.entries == nil {
		o.entries = map[string]*onceEntry[T]{}
	}
	e, ok := o.entries[key]
	if !ok {
		e = &onceEntry[T]{}
		o.entries[key] = e
	}
	o.mu.Unlock()

	e.mu.Lock()
	defer e.mu.Unlock()
	if e.done {
		return e.value, nil
	}
	value, err := lookup()
	if err == nil {
		e.value, e.done = value, true
	}
	return value, err
}
