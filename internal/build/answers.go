package build

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/werf/werf/v2/pkg/image"
	"github.com/werf/werf/v2/pkg/storage"
)

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

// read returns what Registry says of an image, nothing if it has no answer.
func (r *repoClient) read(ctx context.Context, ref string) answer {
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
func (r *repoClient) take(ref string, isImport bool) (ahead *readAhead, keeping bool) {
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

func (r *repoClient) keep(ref string, read answer) {
	ahead := &readAhead{done: make(chan struct{}), answer: read}
	close(ahead.done)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ahead[ref] = ahead
}

// wrote records what was put on a reference: who asks for it next, the build
// itself, need not ask the registry.
func (r *repoClient) wrote(ref string, written RegistryImage) {
	r.forget(ref)
	if info, err := newInfo(ref, written); err == nil {
		r.keep(ref, answer{info: info})
	}
}

// setKeeping controls whether results stay cached for a later caller.
func (r *repoClient) setKeeping(keeping bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keeping = keeping
}

func (r *repoClient) fetch(ctx context.Context, ref string) answer {
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
