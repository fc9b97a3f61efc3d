package build

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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

// RegistryImage is an image as the registry keeps it.
type RegistryImage struct {
	Digest           string // of the manifest
	Manifest, Config []byte // JSON
}

// reads does what werf does with the images of one repository through Registry:
// reads them, lists them, and writes its metadata, which are images without
// content. What Registry cannot do, errors included, werf's own client is asked
// again, so that werf's view of them stays as it is.
type reads struct {
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

var _ docker_registry.Interface = (*reads)(nil)

// readAhead is an image on its way.
type readAhead struct {
	done chan struct{}
	answer
}

// answer is what the registry said of a reference.
type answer struct {
	info   *image.Info // nil when it could not be read
	absent bool        // the registry has no such image
}

// useRegistry lets the repository of m be read through registry. It returns nil
// when werf keeps its stages elsewhere.
func useRegistry(m *manager.StorageManager, registry Registry) *reads {
	stages, ok := m.StagesStorage.(*storage.RepoStagesStorage)
	if !ok || registry == nil {
		return nil
	}
	host, _, _ := strings.Cut(stages.RepoAddress, "/")
	if !strings.ContainsAny(host, ".:") && host != "localhost" {
		return nil // Docker Hub, whose names werf writes differently
	}
	r := &reads{
		Interface: stages.DockerRegistry, registry: registry, prefix: stages.RepoAddress + ":",
		asked: map[string]bool{}, ahead: map[string]*readAhead{},
	}
	stages.DockerRegistry = r
	return r
}

// GetRepoImage returns what werf wants to know of an image.
func (r *reads) GetRepoImage(ctx context.Context, ref string) (*image.Info, error) {
	if read := r.read(ctx, ref); read.info != nil {
		return read.info, nil
	}
	return r.Interface.GetRepoImage(ctx, ref)
}

// TryGetRepoImage is GetRepoImage with nil for an image that is not there.
//
// werf asks for a mark that a stage was rejected with every stage it reads. The
// list of tags that it read in this run says the same.
func (r *reads) TryGetRepoImage(ctx context.Context, ref string) (*image.Info, error) {
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
func (r *reads) Tags(ctx context.Context, repository string, opts ...docker_registry.Option) ([]string, error) {
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

func (r *reads) lastList() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.listed)
}

func (r *reads) keepList(tags []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.listed = append([]string{}, tags...) // not nil
	r.tags = map[string]bool{}
	for _, tag := range tags {
		r.tags[tag] = true
	}
}

// PushImage puts an image of metadata into the repository.
func (r *reads) PushImage(ctx context.Context, ref string, opts *docker_registry.PushImageOptions) error {
	r.forget(ref)
	if opts == nil || !strings.HasPrefix(ref, r.prefix) {
		return r.Interface.PushImage(ctx, ref, opts)
	}
	return putMetadata(ctx, r.registry, ref, opts.Labels)
}

// DeleteRepoImage removes an image from the repository.
func (r *reads) DeleteRepoImage(ctx context.Context, info *image.Info) error {
	r.forget(info.Name)
	return r.Interface.DeleteRepoImage(ctx, info)
}

func (r *reads) forget(ref string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.ahead, ref)
	if tag, ours := strings.CutPrefix(ref, r.prefix); ours && r.tags != nil {
		r.tags[tag] = true // or it was: either way the list no longer says no
	}
}

func (r *reads) isNoTag(ref string) bool {
	tag, ours := strings.CutPrefix(ref, r.prefix)
	r.mu.Lock()
	defer r.mu.Unlock()
	return ours && r.tags != nil && !r.tags[tag]
}

// read returns what Registry says of an image, nothing if it has no answer.
func (r *reads) read(ctx context.Context, ref string) answer {
	tag, ours := strings.CutPrefix(ref, r.prefix)
	if !ours || strings.ContainsAny(tag, "/@:") {
		return answer{}
	}
	isImport := strings.HasPrefix(tag, storage.RepoImportMetadata_ImageTagPrefix)
	ahead, keep := r.take(ref, isImport)
	if ahead != nil {
		select {
		case <-ahead.done:
			return ahead.answer
		case <-ctx.Done():
			return answer{}
		}
	}
	read := r.fetch(ctx, ref)
	if keep && isImport && read.info != nil {
		r.keep(ref, read)
	}
	return read
}

// take returns what was read ahead of ref, once: the next one who asks gets
// what is there then.
func (r *reads) take(ref string, isImport bool) (ahead *readAhead, keeping bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.keeping {
		r.count++
	}
	if isImport {
		r.asked[ref] = true
	}
	ahead = r.ahead[ref]
	if !r.keeping {
		delete(r.ahead, ref)
	}
	return ahead, r.keeping
}

func (r *reads) keep(ref string, read answer) {
	ahead := &readAhead{done: make(chan struct{}), answer: read}
	close(ahead.done)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ahead[ref] = ahead
}

// wrote records what was put on a reference: who asks for it next, the build
// itself, need not ask the registry.
func (r *reads) wrote(ref string, written RegistryImage) {
	r.forget(ref)
	if info, err := newInfo(ref, written); err == nil {
		r.keep(ref, answer{info: info})
	}
}

// setKeeping controls whether results stay cached for a later caller.
func (r *reads) setKeeping(keeping bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keeping = keeping
}

func (r *reads) fetch(ctx context.Context, ref string) answer {
	read, found, err := r.registry.ReadImage(ctx, ref)
	if err != nil || !found {
		return answer{absent: err == nil}
	}
	info, err := newInfo(ref, read)
	if err != nil {
		return answer{}
	}
	return answer{info: info}
}

// newInfo is what werf's client makes of a manifest and a config
// (pkg/docker_registry/api.go, getRepoImageByDesc).
func newInfo(ref string, read RegistryImage) (*image.Info, error) {
	var manifest struct {
		Config struct{ Digest string }
		Layers []struct{ Size int64 }
	}
	var config struct {
		Created time.Time
		Config  struct {
			Image        string
			Labels       map[string]string
			OnBuild, Env []string
			Volumes      map[string]struct{}
		}
	}
	if err := json.Unmarshal(read.Manifest, &manifest); err != nil {
		return nil, fmt.Errorf("read the manifest of %s: %w", ref, err)
	}
	if err := json.Unmarshal(read.Config, &config); err != nil {
		return nil, fmt.Errorf("read the config of %s: %w", ref, err)
	}
	at := strings.LastIndexByte(ref, ':')
	info := &image.Info{
		Name: ref, Repository: ref[:at], Tag: ref[at+1:],
		RepoDigest: image.NormalizeRepository(ref[:at]) + "@" + read.Digest,
		ID:         manifest.Config.Digest, ParentID: config.Config.Image,
		Labels: config.Config.Labels, OnBuild: config.Config.OnBuild, Env: config.Config.Env, Volumes: config.Config.Volumes,
	}
	info.SetCreatedAtUnix(config.Created.Unix())
	for _, layer := range manifest.Layers {
		info.Size += layer.Size
	}
	if base, ok := info.Labels[image.WerfBaseImageIDLabel]; ok && info.ParentID == "" {
		info.ParentID = base
	}
	return info, nil
}
