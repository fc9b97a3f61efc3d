package contract

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/Masterminds/semver/v3"

	"github.com/modship/modship/pkg/contract/internal/artifact"
	"github.com/modship/modship/pkg/module"
)

// lookups read a module's repository for the rules. Trees, images and lists that
// several rules ask for are read once.
type lookups struct {
	*caches
	trees  *once[*artifact.Tree]
	reader Reader
	repo   module.Repository
	blobs  bool // look for missing layers, too
}

// caches hold what was looked up, by reference or digest.
type caches struct {
	images once[imageState]
	tags   once[[]string]
	heads  once[string]
}

func newLookups(reader Reader, repo module.Repository, opts Options) *lookups {
	return &lookups{caches: &caches{}, trees: &once[*artifact.Tree]{}, reader: reader, repo: repo, blobs: opts.Blobs}
}

// withOwnTrees returns lookups whose trees can be freed before the others.
func (l *lookups) withOwnTrees() *lookups {
	own := *l
	own.trees = &once[*artifact.Tree]{}
	return &own
}

// imageState describes one image of the module's repository.
type imageState struct {
	found     bool
	missing   []string // digests of its missing parts
	platforms []string
	runs      bool // on linux/amd64
}

// image looks an application image up by its digest.
func (l *lookups) image(ctx context.Context, digest string) (imageState, error) {
	return l.images.get(digest, func() (imageState, error) {
		ref := l.repo.Image(digest)
		_, found, err := l.reader.Digest(ctx, ref)
		if err != nil || !found {
			return imageState{}, wrap(err, "look up", ref)
		}
		if missing, err := l.missingBlobs(ctx, ref); err != nil || len(missing) > 0 {
			return imageState{found: true, missing: missing}, err
		}
		platforms, err := l.reader.Platforms(ctx, ref)
		return imageState{found: true, platforms: platforms, runs: runsOnNodes(platforms)}, wrap(err, "read platforms of", ref)
	})
}

// missingBlobs returns the missing parts of an image, if the options ask for them.
func (l *lookups) missingBlobs(ctx context.Context, ref string) ([]string, error) {
	reader, ok := l.reader.(BlobReader)
	if !ok || !l.blobs {
		return nil, nil
	}
	missing, err := reader.MissingBlobs(ctx, ref)
	return missing, wrap(err, "look for the layers of", ref)
}

// tree reads the files of the image at ref. An image that has several tags in
// a repository is read once.
func (l *lookups) tree(ctx context.Context, ref string) (*artifact.Tree, error) {
	digest, err := l.digest(ctx, ref)
	if err != nil {
		return nil, err
	}
	image := ref
	if digest != "" {
		image = repositoryOf(ref) + "@" + digest
	}
	read, err := l.trees.get(image, func() (*artifact.Tree, error) { return l.readTree(ctx, image) })
	if err != nil {
		return nil, err
	}
	named := *read
	named.Name = ref
	return &named, nil
}

// readTree reads an image as the controller does: of an index the image for
// linux/amd64, a plain manifest as it is, whatever platform it says (cr.go).
func (l *lookups) readTree(ctx context.Context, image string) (*artifact.Tree, error) {
	platforms, err := l.reader.Platforms(ctx, image)
	if err != nil {
		return nil, wrap(err, "read platforms of", image)
	}
	t, err := artifact.New(image, true), error(nil)
	if runsOnNodes(platforms) || len(platforms) == 1 {
		t, err = artifact.ReadImage(ctx, l.reader, image)
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
func (l *lookups) digest(ctx context.Context, ref string) (string, error) {
	return l.heads.get(ref, func() (string, error) {
		digest, found, err := l.reader.Digest(ctx, ref)
		if !found {
			digest = ""
		}
		return digest, wrap(err, "look up", ref)
	})
}

// tagsOf lists the tags of a repository.
func (l *lookups) tagsOf(ctx context.Context, repo string) ([]string, error) {
	return l.tags.get(repo, func() ([]string, error) {
		tags, err := l.reader.Tags(ctx, repo)
		return tags, wrap(err, "list tags of", repo)
	})
}

// release reads a version's release image for the upgrade rules.
func (l *lookups) release(ctx context.Context, v *semver.Version) (module.Release, error) {
	ref := l.repo.Release(module.VersionTag(v))
	digest, err := l.digest(ctx, ref)
	if err != nil || digest == "" {
		return module.Release{Version: v, Missing: true}, err
	}
	update, err := l.updateOf(ctx, ref)
	return module.Release{Version: v, Update: update}, err
}

// updateOf reads update.versions of the release image at ref. A module.yaml
// that cannot be read has none; rule 12 reports it.
func (l *lookups) updateOf(ctx context.Context, ref string) (module.Update, error) {
	t, err := l.tree(ctx, ref)
	if err != nil {
		return module.Update{}, err
	}
	data, _ := t.Data(artifact.DefinitionFile)
	def, _ := module.ParseDefinition(data)
	return def.Update, nil
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
