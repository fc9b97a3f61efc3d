package build

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/werf/werf/v2/pkg/docker_registry"
	"github.com/werf/werf/v2/pkg/image"
	"github.com/werf/werf/v2/pkg/storage"
	"github.com/werf/werf/v2/pkg/storage/manager"
	"golang.org/x/sync/singleflight"
)

// Registry reads and writes images. werf's own client asks a registry for /v2/
// (and for a token) before every single request; one that logs in once a run
// needs half to a third of the requests.
type Registry interface {
	// HasBlob tells whether a repository has a blob.
	HasBlob(ctx context.Context, repository, digest string) (bool, error)
	// PutBlob puts a blob into a repository that may have it.
	PutBlob(ctx context.Context, repository string, blob Blob) error
	// CopyBlob puts a blob of one repository into another one.
	CopyBlob(ctx context.Context, from, to string, blob Layer) error
	// PutManifest puts a manifest on a tag. After [ErrMissingBlobs] the next
	// HasBlob is not answered from memory.
	PutManifest(ctx context.Context, ref, mediaType string, manifest []byte) error
	// ReadImage returns the manifest and the config of the image that ref, a
	// tag, is on. An index of several platforms is an error.
	ReadImage(ctx context.Context, ref string) (read RegistryImage, found bool, err error)
	// AllTags lists the tags of a repository, none if it does not exist.
	AllTags(ctx context.Context, repository string) ([]string, error)
}

// ErrMissingBlobs means that a registry refused a manifest because a blob is not
// there, or no longer.
var ErrMissingBlobs = errors.New("the registry lacks blobs of the image")

// putAttempts is how often an image is put whose blobs the registry misses, and
// putWait what is waited before the last time.
const (
	putAttempts = 3
	putWait     = time.Second
)

// putImage puts blobs and their manifest, again while the registry misses a blob:
// one was deleted since it was seen, or another upload of it got in its way.
func putImage(ctx context.Context, put func() error) error {
	for attempt := 1; ; attempt++ {
		err := put()
		if attempt == putAttempts || !errors.Is(err, ErrMissingBlobs) {
			return err
		}
		if attempt == putAttempts-1 {
			select {
			case <-time.After(putWait):
			case <-ctx.Done():
				return err
			}
		}
	}
}

// RegistryImage is an image as the registry keeps it.
type RegistryImage struct {
	Digest           string // of the manifest
	Manifest, Config []byte // JSON
}

// repoClient does what werf does with the images of one repository through Registry:
// reads them, lists them, and writes its metadata, which are images without
// content. What Registry cannot do, errors included, werf's own client is asked
// again, so that werf's view of them stays as it is.
type repoClient struct {
	docker_registry.Interface
	registry Registry
	prefix   string // the repository and a colon: how its references begin

	listing singleflight.Group

	mu      sync.Mutex
	asked   map[string]bool       // references of metadata about imports
	ahead   map[string]*readAhead // references that are read before they are asked for
	tags    map[string]bool       // of the last list; nil before
	listed  []string              // the last list
	count   int                   // images asked for
	keeping bool                  // metadata about imports is kept for one who asks later
}

var _ docker_registry.Interface = (*repoClient)(nil)

// useRegistry lets the repository of m be read through registry. It returns nil
// when werf keeps its stages elsewhere.
func useRegistry(m *manager.StorageManager, registry Registry) *repoClient {
	stages, ok := m.StagesStorage.(*storage.RepoStagesStorage)
	if !ok || registry == nil {
		return nil
	}
	host, _, _ := strings.Cut(stages.RepoAddress, "/")
	if !strings.ContainsAny(host, ".:") && host != "localhost" {
		return nil // Docker Hub, whose names werf writes differently
	}
	r := &repoClient{
		Interface: stages.DockerRegistry, registry: registry, prefix: stages.RepoAddress + ":",
		asked: map[string]bool{}, ahead: map[string]*readAhead{},
	}
	stages.DockerRegistry = r
	return r
}

// GetRepoImage returns what werf wants to know of an image.
func (r *repoClient) GetRepoImage(ctx context.Context, ref string) (*image.Info, error) {
	if read := r.read(ctx, ref); read.info != nil {
		return read.info, nil
	}
	return r.Interface.GetRepoImage(ctx, ref)
}

// TryGetRepoImage is GetRepoImage with nil for an image that is not there.
//
// werf asks for a mark that a stage was rejected with every stage it reads. The
// list of tags that it read in this run says the same.
func (r *repoClient) TryGetRepoImage(ctx context.Context, ref string) (*image.Info, error) {
	if strings.HasSuffix(ref, storage.RepoRejectedStageImageRecord_ImageTagSuffix) && r.isNoTag(ref) {
		return nil, nil
	}
	if read := r.read(ctx, ref); read.info != nil || read.absent {
		return read.info, nil
	}
	return r.Interface.TryGetRepoImage(ctx, ref)
}

// Tags lists the tags of a repository. With an option, the only one there is, the
// last list is good enough.
func (r *repoClient) Tags(ctx context.Context, repository string, opts ...docker_registry.Option) ([]string, error) {
	if repository+":" != r.prefix {
		return r.Interface.Tags(ctx, repository, opts...)
	}
	if listed := r.lastList(); listed != nil && len(opts) > 0 {
		return listed, nil
	}
	tags, err, _ := r.listing.Do(repository, func() (any, error) {
		tags, err := r.registry.AllTags(ctx, repository)
		if err != nil {
			tags, err = r.Interface.Tags(ctx, repository)
		}
		if err == nil {
			r.keepList(tags)
		}
		return tags, err
	})
	if err != nil {
		return nil, err
	}
	return slices.Clone(tags.([]string)), nil
}

func (r *repoClient) lastList() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.listed)
}

func (r *repoClient) keepList(tags []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.listed = append([]string{}, tags...) // not nil
	r.tags = map[string]bool{}
	for _, tag := range tags {
		r.tags[tag] = true
	}
}

// PushImage puts an image of metadata into the repository.
func (r *repoClient) PushImage(ctx context.Context, ref string, opts *docker_registry.PushImageOptions) error {
	r.forget(ref)
	if opts == nil || !strings.HasPrefix(ref, r.prefix) {
		return r.Interface.PushImage(ctx, ref, opts)
	}
	return putMetadata(ctx, r.registry, ref, opts.Labels)
}

// DeleteRepoImage removes an image from the repository.
func (r *repoClient) DeleteRepoImage(ctx context.Context, info *image.Info) error {
	r.forget(info.Name)
	return r.Interface.DeleteRepoImage(ctx, info)
}

func (r *repoClient) forget(ref string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.ahead, ref)
	if tag, ours := strings.CutPrefix(ref, r.prefix); ours && r.tags != nil {
		r.tags[tag] = true // or it was: either way the list no longer says no
	}
}

func (r *repoClient) isNoTag(ref string) bool {
	tag, ours := strings.CutPrefix(ref, r.prefix)
	r.mu.Lock()
	defer r.mu.Unlock()
	return ours && r.tags != nil && !r.tags[tag]
}
