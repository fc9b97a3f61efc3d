package contract

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/modship/modship/pkg/module"
)

// fakeRegistry behaves as a registry does towards a Reader: repositories with
// manifests by digest, and tags that point to them.
type fakeRegistry struct {
	images map[string]map[string]fakeImage // by repository and digest
	tags   map[string]map[string]string    // by repository and tag
	fail   map[string]error                // by repository: what every request answers
	lost   map[string][]string             // by digest of an image: its parts that are gone
}

// fakeImage is an image with its squashed file system.
type fakeImage struct {
	entries   []fakeEntry
	platforms []string
	signed    bool            // carries a signature, which is not one of it
	index     bool            // an index even of one platform
	built     remote.Taggable // set when it is pushed
}

type fakeEntry struct {
	hdr  tar.Header
	data string
}

var errNoManifest = errors.New("MANIFEST_UNKNOWN")

var (
	_ BlobReader     = (*fakeRegistry)(nil)
	_ ManifestReader = (*fakeRegistry)(nil)
)

func newFakeRegistry() *fakeRegistry {
	return &fakeRegistry{images: map[string]map[string]fakeImage{}, tags: map[string]map[string]string{}, fail: map[string]error{}, lost: map[string][]string{}}
}

// push stores an image and returns its digest, which is the one that a real
// registry would give it.
func (r *fakeRegistry) push(repo string, img fakeImage) string {
	img.built = img.build()
	hash, err := img.built.(interface{ Digest() (v1.Hash, error) }).Digest()
	if err != nil {
		panic(err)
	}
	if r.images[repo] == nil {
		r.images[repo] = map[string]fakeImage{}
	}
	r.images[repo][hash.String()] = img
	return hash.String()
}

// build makes the image, or an index of one image per platform.
func (img fakeImage) build() remote.Taggable {
	if !img.isIndex() {
		return img.forPlatform(strings.Join(img.platforms, ""))
	}
	var index v1.ImageIndex = empty.Index
	for _, platform := range img.platforms {
		p, err := v1.ParsePlatform(platform)
		if err != nil {
			panic(err)
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: img.forPlatform(platform), Descriptor: v1.Descriptor{Platform: p}})
	}
	return index
}

func (img fakeImage) isIndex() bool { return img.index || len(img.platforms) > 1 }

func (img fakeImage) forPlatform(platform string) v1.Image {
	system, architecture, _ := strings.Cut(strings.TrimPrefix(platform, "unknown"), "/")
	image, err := mutate.ConfigFile(empty.Image, &v1.ConfigFile{OS: system, Architecture: architecture})
	if err == nil && len(img.entries) > 0 {
		image, err = mutate.AppendLayers(image, static.NewLayer(tarOf(img.entries), types.OCIUncompressedLayer))
	}
	if err != nil {
		panic(err)
	}
	if img.signed {
		return mutate.Annotations(image, falseSignature()).(v1.Image)
	}
	return image
}

// falseSignature are the annotations of a signature of something else.
func falseSignature() map[string]string {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	return map[string]string{
		"io.deckhouse.delivery-kit.signature": base64.StdEncoding.EncodeToString(ed25519.Sign(key, []byte("another"))),
		"io.deckhouse.delivery-kit.cert":      base64.StdEncoding.EncodeToString(certificate),
	}
}

// tag points ref, <repository>:<tag>, to a manifest of its repository.
func (r *fakeRegistry) tag(ref, digest string) {
	repo, tag := splitTag(ref)
	if _, ok := r.images[repo][digest]; !ok {
		panic("no manifest " + digest + " in " + repo)
	}
	if r.tags[repo] == nil {
		r.tags[repo] = map[string]string{}
	}
	r.tags[repo][tag] = digest
}

func (r *fakeRegistry) untag(ref string) {
	repo, tag := splitTag(ref)
	delete(r.tags[repo], tag)
}

// digestOf is the digest that ref points to; the test's world has it.
func (r *fakeRegistry) digestOf(ref string) string {
	repo, tag := splitTag(ref)
	digest, ok := r.tags[repo][tag]
	if !ok {
		panic("no tag " + ref)
	}
	return digest
}

func splitTag(ref string) (repo, tag string) {
	i := strings.LastIndex(ref, ":")
	return ref[:i], ref[i+1:]
}

func (r *fakeRegistry) Tags(ctx context.Context, repo string) ([]string, error) {
	if err := cmpErr(ctx.Err(), r.fail[repo]); err != nil {
		return nil, err
	}
	var tags []string
	for tag := range r.tags[repo] {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	return tags, nil
}

func (r *fakeRegistry) Digest(ctx context.Context, ref string) (string, bool, error) {
	_, digest, err := r.find(ctx, ref)
	if errors.Is(err, errNoManifest) {
		return "", false, nil
	}
	return digest, err == nil, err
}

func (r *fakeRegistry) Platforms(ctx context.Context, ref string) ([]string, error) {
	img, _, err := r.find(ctx, ref)
	if len(img.platforms) == 0 && !img.index && err == nil {
		return []string{"unknown"}, nil
	}
	return img.platforms, err
}

func (r *fakeRegistry) Walk(ctx context.Context, ref string, fn func(*tar.Header, io.Reader) error) error {
	img, _, err := r.find(ctx, ref)
	if err != nil {
		return err
	}
	if img.isIndex() && !slices.Contains(img.platforms, "linux/amd64") {
		return fmt.Errorf("%s has %w", ref, module.ErrPlatform)
	}
	for _, e := range img.entries {
		hdr := e.hdr
		if err := fn(&hdr, strings.NewReader(e.data)); err != nil {
			return err
		}
	}
	return nil
}

func (r *fakeRegistry) RawManifest(ctx context.Context, ref string) ([]byte, error) {
	img, _, err := r.find(ctx, ref)
	if err != nil {
		return nil, err
	}
	return img.built.RawManifest()
}

func (r *fakeRegistry) MissingBlobs(ctx context.Context, ref string) ([]string, error) {
	_, digest, err := r.find(ctx, ref)
	return r.lost[digest], err
}

func (r *fakeRegistry) find(ctx context.Context, ref string) (fakeImage, string, error) {
	repo, digest, byDigest := strings.Cut(ref, "@")
	if !byDigest {
		var tag string
		repo, tag = splitTag(ref)
		digest = r.tags[repo][tag]
	}
	if err := cmpErr(ctx.Err(), r.fail[repo]); err != nil {
		return fakeImage{}, "", err
	}
	img, ok := r.images[repo][digest]
	if !ok {
		return fakeImage{}, "", fmt.Errorf("%s: %w", ref, errNoManifest)
	}
	return img, digest, nil
}

func cmpErr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// TestFakeRegistry checks the fake itself.
func TestFakeRegistry(t *testing.T) {
	ctx, r := context.Background(), newFakeRegistry()
	if tags, err := r.Tags(ctx, "r.io/none"); err != nil || tags != nil {
		t.Errorf("tags of an absent repository: %v, %v", tags, err)
	}
	digest := r.push("r.io/a", fakeImage{platforms: []string{"linux/amd64"}})
	r.tag("r.io/a:v1", digest)
	if got, found, err := r.Digest(ctx, "r.io/a:v1"); got != digest || !found || err != nil {
		t.Errorf("digest %q, %v, %v", got, found, err)
	}
	if _, found, err := r.Digest(ctx, "r.io/b@"+digest); found || err != nil {
		t.Errorf("another repository has the manifest: %v, %v", found, err)
	}
	if err := r.Walk(ctx, "r.io/a:v2", nil); !errors.Is(err, errNoManifest) {
		t.Errorf("walk of an absent tag: %v", err)
	}
}

// countingReader counts how often each image is read.
type countingReader struct {
	*fakeRegistry
	mu    sync.Mutex
	walks map[string]int
}

func (r *countingReader) Walk(ctx context.Context, ref string, fn func(*tar.Header, io.Reader) error) error {
	r.mu.Lock()
	r.walks[ref]++
	r.mu.Unlock()
	return r.fakeRegistry.Walk(ctx, ref, fn)
}

// tarOf writes entries as a tar stream.
func tarOf(entries []fakeEntry) []byte {
	var stream bytes.Buffer
	w := tar.NewWriter(&stream)
	for _, e := range entries {
		hdr := e.hdr
		if err := w.WriteHeader(&hdr); err != nil {
			panic(err)
		}
		if _, err := io.WriteString(w, e.data); err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return stream.Bytes()
}
