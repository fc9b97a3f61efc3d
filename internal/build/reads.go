package build

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/werf/werf/v2/pkg/docker_registry"
	"github.com/werf/werf/v2/pkg/image"
	"github.com/werf/werf/v2/pkg/storage"
	"github.com/werf/werf/v2/pkg/storage/manager"
)

// Registry reads images. werf's own client asks a registry for /v2/ (and for a
// token) before every single request; one that logs in once a run needs half
// to a third of the requests.
type Registry interface {
	// ReadImage returns the manifest and the config of the image that ref, a
	// tag, is on. ok is false for anything but an image of one platform that
	// is there.
	ReadImage(ctx context.Context, ref string) (read RegistryImage, ok bool)
}

// RegistryImage is an image as the registry keeps it.
type RegistryImage struct {
	Digest           string // of the manifest
	Manifest, Config []byte // JSON
}

// reads answers what werf reads of the images in one repository through
// Registry. What Registry cannot answer, errors included, werf's own client is
// asked again, so that werf's view of them stays as it is.
type reads struct {
	docker_registry.Interface
	registry Registry
	prefix   string // the repository and a colon: how its references begin

	mu      sync.Mutex
	asked   map[string]bool       // references of metadata about imports
	ahead   map[string]*readAhead // references that are read before they are asked for
	tags    map[string]bool       // of the last list; nil before
	count   int                   // images asked for
	keeping bool                  // metadata about imports is kept for one who asks later
}

var _ docker_registry.Interface = (*reads)(nil)

// readAhead is an image on its way.
type readAhead struct {
	done chan struct{}
	info *image.Info // nil when it could not be read
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
	if info := r.read(ctx, ref); info != nil {
		return info, nil
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
	if info := r.read(ctx, ref); info != nil {
		return info, nil
	}
	return r.Interface.TryGetRepoImage(ctx, ref)
}

// Tags lists the tags of a repository.
func (r *reads) Tags(ctx context.Context, repository string, opts ...docker_registry.Option) ([]string, error) {
	tags, err := r.Interface.Tags(ctx, repository, opts...)
	if err != nil || repository+":" != r.prefix {
		return tags, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tags = map[string]bool{}
	for _, tag := range tags {
		r.tags[tag] = true
	}
	return tags, nil
}

// PushImage puts an image of metadata into the repository.
func (r *reads) PushImage(ctx context.Context, ref string, opts *docker_registry.PushImageOptions) error {
	r.forget(ref)
	return r.Interface.PushImage(ctx, ref, opts)
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

// read returns nil for an image that Registry has no answer for.
func (r *reads) read(ctx context.Context, ref string) *image.Info {
	tag, ours := strings.CutPrefix(ref, r.prefix)
	if !ours || strings.ContainsAny(tag, "/@:") {
		return nil
	}
	isImport := strings.HasPrefix(tag, storage.RepoImportMetadata_ImageTagPrefix)
	ahead, keep := r.take(ref, isImport)
	if ahead != nil {
		select {
		case <-ahead.done:
			return ahead.info
		case <-ctx.Done():
			return nil
		}
	}
	info := r.fetch(ctx, ref)
	if keep && isImport && info != nil {
		r.keep(ref, info)
	}
	return info
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

func (r *reads) keep(ref string, info *image.Info) {
	ahead := &readAhead{done: make(chan struct{}), info: info}
	close(ahead.done)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ahead[ref] = ahead
}

// setKeeping controls whether results stay cached for a later caller.
func (r *reads) setKeeping(keeping bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keeping = keeping
}

func (r *reads) fetch(ctx context.Context, ref string) *image.Info {
	read, ok := r.registry.ReadImage(ctx, ref)
	if !ok {
		return nil
	}
	info, err := newInfo(ref, read)
	if err != nil {
		return nil
	}
	return info
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
