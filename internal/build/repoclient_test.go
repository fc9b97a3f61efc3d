package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"testing"

	"github.com/containers/image/v5/manifest"
	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/go-digest"
	"github.com/werf/werf/v2/pkg/docker_registry"
	"github.com/werf/werf/v2/pkg/image"
	"github.com/werf/werf/v2/pkg/storage"
	"github.com/werf/werf/v2/pkg/storage/manager"
)

const testRepository = "r.example/modules/echo"

// fakeRegistry has some images and counts the questions.
type fakeRegistry struct {
	refusals int // manifests that it refuses next
	images   map[string]RegistryImage
	blobs    map[string][]byte
	asked    map[string]int
	lists    int
	broken   bool // it gives no answers
}

func (f *fakeRegistry) ReadImage(_ context.Context, ref string) (RegistryImage, bool, error) {
	f.asked[ref]++
	if f.broken {
		return RegistryImage{}, false, errors.New("no answer")
	}
	read, found := f.images[ref]
	return read, found, nil
}

func (f *fakeRegistry) AllTags(context.Context, string) ([]string, error) {
	f.lists++
	if f.broken {
		return nil, errors.New("no answer")
	}
	return []string{"a-1", "a-1-rejected"}, nil
}

func (f *fakeRegistry) HasBlob(_ context.Context, _, digest string) (bool, error) {
	_, found := f.blobs[digest]
	return found, nil
}

func (f *fakeRegistry) PutBlob(_ context.Context, _ string, blob Blob) error {
	content, err := blob.Open()
	if err != nil {
		return err
	}
	defer content.Close()
	f.blobs[blob.Digest], err = io.ReadAll(content)
	return err
}

func (f *fakeRegistry) CopyBlob(context.Context, string, string, Layer) error {
	return errors.New("there is one repository")
}

func (f *fakeRegistry) PutManifest(_ context.Context, ref, mediaType string, text []byte) error {
	if f.refusals > 0 {
		f.refusals--
		return ErrMissingBlobs
	}
	schema, err := manifest.Schema2FromManifest(text)
	if err != nil || schema.MediaType != mediaType {
		return fmt.Errorf("manifest of type %s: %w", mediaType, err)
	}
	for _, layer := range schema.LayersDescriptors {
		if content := f.blobs[layer.Digest.String()]; content == nil || int64(len(content)) != layer.Size {
			return fmt.Errorf("%w: %s", ErrMissingBlobs, layer.Digest)
		}
	}
	config := f.blobs[schema.ConfigDescriptor.Digest.String()]
	f.images[ref] = RegistryImage{Digest: digest.FromBytes(text).String(), Manifest: text, Config: config}
	return nil
}

// werfClient is werf's own client: it knows every image and lists two tags.
type werfClient struct {
	docker_registry.Interface
	asked map[string]int
}

func (c *werfClient) GetRepoImage(_ context.Context, ref string) (*image.Info, error) {
	c.asked[ref]++
	return &image.Info{Name: ref, Tag: "from werf"}, nil
}

func (c *werfClient) TryGetRepoImage(ctx context.Context, ref string) (*image.Info, error) {
	return c.GetRepoImage(ctx, ref)
}

func (c *werfClient) Tags(context.Context, string, ...docker_registry.Option) ([]string, error) {
	return []string{"a-1", "a-1-rejected"}, nil
}

func (c *werfClient) PushImage(context.Context, string, *docker_registry.PushImageOptions) error {
	return nil
}

func newRepoClient(t *testing.T, tags ...string) (*repoClient, *fakeRegistry, *werfClient) {
	t.Helper()
	registry := &fakeRegistry{images: map[string]RegistryImage{}, blobs: map[string][]byte{}, asked: map[string]int{}}
	for _, tag := range tags {
		registry.images[testRepository+":"+tag] = RegistryImage{
			Digest:   "sha256:d1",
			Manifest: []byte(`{"config":{"digest":"sha256:c1","size":3},"layers":[{"size":5},{"size":7}]}`),
			Config:   []byte(`{"created":"2026-01-02T03:04:05Z","config":{"Labels":{"werf":"echo"},"Env":["A=b"],"Volumes":{"/v":{}}}}`),
		}
	}
	client := &werfClient{asked: map[string]int{}}
	m := &manager.StorageManager{StagesStorage: &storage.RepoStagesStorage{RepoAddress: testRepository, DockerRegistry: client}}
	r := useRegistry(m, registry)
	if r == nil {
		t.Fatal("the repository is not read through the registry")
	}
	return r, registry, client
}

// TestReadsInfo: an image is what werf's client makes of it.
func TestReadsInfo(t *testing.T) {
	r, _, _ := newRepoClient(t, "a-1")
	got, err := r.GetRepoImage(t.Context(), testRepository+":a-1")
	if err != nil {
		t.Fatal(err)
	}
	want := &image.Info{
		Name: testRepository + ":a-1", Repository: testRepository, Tag: "a-1", RepoDigest: testRepository + "@sha256:d1",
		ID: "sha256:c1", Labels: map[string]string{"werf": "echo"}, Env: []string{"A=b"}, Volumes: map[string]struct{}{"/v": {}},
		Size: 12, CreatedAtUnixNano: 1767323045_000_000_000,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("image (-want +got):\n%s", diff)
	}
}

// TestReadsLeaveTheRestToWerf: what the registry has no answer for, and what is
// in other repositories, werf's client is asked for.
func TestReadsLeaveTheRestToWerf(t *testing.T) {
	r, registry, _ := newRepoClient(t)
	registry.broken = true
	for ref, asked := range map[string]int{testRepository + ":a-1": 2, "r.example/other:a-1": 0, testRepository + "@sha256:d1": 0, testRepository + "/release:a-1": 0} {
		for _, read := range []func(context.Context, string) (*image.Info, error){r.GetRepoImage, r.TryGetRepoImage} {
			if info, err := read(t.Context(), ref); err != nil || info.Tag != "from werf" {
				t.Errorf("%s: %v, error %v", ref, info, err)
			}
		}
		if registry.asked[ref] != asked {
			t.Errorf("%s: the registry was asked %d times", ref, registry.asked[ref])
		}
	}
	if tags, err := r.Tags(t.Context(), testRepository); err != nil || len(tags) != 2 {
		t.Errorf("tags %v, error %v", tags, err)
	}
}

// TestReadsAbsent: an image that the registry does not have is not asked for
// again, unless werf has to say so.
func TestReadsAbsent(t *testing.T) {
	r, _, client := newRepoClient(t)
	const ref = testRepository + ":import-metadata-1"
	if info, err := r.TryGetRepoImage(t.Context(), ref); info != nil || err != nil || client.asked[ref] != 0 {
		t.Errorf("image %v, error %v, werf's client was asked %d times", info, err, client.asked[ref])
	}
	if _, err := r.GetRepoImage(t.Context(), ref); err != nil || client.asked[ref] != 1 {
		t.Errorf("error %v, werf's client was asked %d times", err, client.asked[ref])
	}
}

// TestReadsRejected: the list of tags answers whether a stage was rejected,
// until this process pushes such a mark.
func TestReadsRejected(t *testing.T) {
	r, registry, _ := newRepoClient(t, "a-1-rejected")
	rejected := func(tag string) bool {
		t.Helper()
		info, err := r.TryGetRepoImage(t.Context(), testRepository+":"+tag+"-rejected")
		if err != nil {
			t.Fatal(err)
		}
		return info != nil
	}
	if rejected("b-2") || registry.asked[testRepository+":b-2-rejected"] != 1 {
		t.Error("without a list the registry is not asked")
	}
	if _, err := r.Tags(t.Context(), testRepository); err != nil {
		t.Fatal(err)
	}
	if rejected("b-2") || registry.asked[testRepository+":b-2-rejected"] != 1 || !rejected("a-1") {
		t.Error("the list of tags does not decide")
	}
	if err := r.PushImage(t.Context(), testRepository+":b-2-rejected", &docker_registry.PushImageOptions{}); err != nil {
		t.Fatal(err)
	}
	if !rejected("b-2") {
		t.Error("a mark that was just pushed is not seen")
	}
}

// TestTags: the last list answers who is content with it.
func TestTags(t *testing.T) {
	r, registry, _ := newRepoClient(t)
	for _, test := range []struct {
		opts  []docker_registry.Option
		lists int
	}{{[]docker_registry.Option{docker_registry.WithCachedTags()}, 1}, {[]docker_registry.Option{docker_registry.WithCachedTags()}, 1}, {nil, 2}} {
		tags, err := r.Tags(t.Context(), testRepository, test.opts...)
		if err != nil || len(tags) != 2 || registry.lists != test.lists {
			t.Errorf("tags %v, error %v, the registry was asked %d times, want %d", tags, err, registry.lists, test.lists)
		}
	}
}

// TestMetadata: labels that werf keeps in the repository are read back as they
// were written.
func TestMetadata(t *testing.T) {
	r, registry, client := newRepoClient(t)
	const ref = testRepository + ":import-metadata-1"
	labels := map[string]string{"werf": "echo", "source": "sha256:1"}
	if err := r.PushImage(t.Context(), ref, &docker_registry.PushImageOptions{Labels: labels}); err != nil {
		t.Fatal(err)
	}
	info, err := r.TryGetRepoImage(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(labels, info.Labels); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
	if len(registry.blobs) != 2 || len(client.asked) != 0 {
		t.Errorf("%d blobs, werf's client was asked %v", len(registry.blobs), client.asked)
	}
}

// TestReadAhead: what is read ahead is given to one who asks, once, and not
// after it was overwritten.
func TestReadAhead(t *testing.T) {
	var refs []string
	var tags []string
	for i := range 40 {
		tags = append(tags, fmt.Sprintf("import-metadata-%d", i))
		refs = append(refs, testRepository+":"+tags[i])
	}
	r, registry, _ := newRepoClient(t, tags[:2]...)
	locked := &lockedRegistry{Registry: registry, slot: make(chan struct{}, 1)}
	r.registry = locked
	r.readAhead(t.Context(), refs)()
	if err := r.PushImage(t.Context(), refs[1], &docker_registry.PushImageOptions{}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for _, ref := range refs[:2] {
			if info, err := r.GetRepoImage(t.Context(), ref); err != nil || info.Tag == "from werf" {
				t.Errorf("%s: %v, error %v", ref, info, err)
			}
		}
	}
	if registry.asked[refs[0]] != 2 || registry.asked[refs[1]] != 3 || registry.asked[refs[39]] != 1 {
		t.Errorf("the registry was asked %v", registry.asked)
	}
}

// lockedRegistry lets one ask at a time.
type lockedRegistry struct {
	Registry
	slot chan struct{}
}

func (l *lockedRegistry) ReadImage(ctx context.Context, ref string) (RegistryImage, bool, error) {
	l.slot <- struct{}{}
	defer func() { <-l.slot }()
	return l.Registry.ReadImage(ctx, ref)
}

// TestKeeping: what a plan read of imports the build that follows has.
func TestKeeping(t *testing.T) {
	r, registry, _ := newRepoClient(t, "import-metadata-1", "a-1")
	refs := []string{testRepository + ":import-metadata-1", testRepository + ":a-1"}
	for _, keeping := range []bool{true, false} {
		r.setKeeping(keeping)
		for _, ref := range refs {
			if _, err := r.GetRepoImage(t.Context(), ref); err != nil {
				t.Fatal(err)
			}
		}
	}
	if diff := cmp.Diff(map[string]int{refs[0]: 1, refs[1]: 2}, registry.asked); diff != "" {
		t.Errorf("questions (-want +got):\n%s", diff)
	}
}

func TestMemory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "reads", "echo.json")
	if m := LoadMemory(file); m.Settled || len(m.Imports) != 0 {
		t.Errorf("a missing memory is %+v", m)
	}
	r, _, _ := newRepoClient(t, "import-metadata-1")
	if _, err := r.GetRepoImage(t.Context(), testRepository+":import-metadata-1"); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		built   int
		settled bool
	}{{0, true}, {settledReads + 1, false}} {
		if err := LoadMemory(file).keep(testRepository, r, nil, test.built); err != nil {
			t.Fatal(err)
		}
		got := LoadMemory(file)
		want := &Memory{file: file, Repository: testRepository, Imports: []string{testRepository + ":import-metadata-1"}, Settled: test.settled}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(Memory{})); diff != "" {
			t.Errorf("memory (-want +got):\n%s", diff)
		}
	}
}

// TestPushImageAgain: a registry that misses a blob for a moment gets the image
// again, one that goes on doing so does not.
func TestPushImageAgain(t *testing.T) {
	r, registry, _ := newRepoClient(t)
	opts := &docker_registry.PushImageOptions{Labels: map[string]string{"a": "b"}}
	for refusals, want := range map[int]error{1: nil, putAttempts - 1: nil, putAttempts: ErrMissingBlobs} {
		registry.refusals = refusals
		if err := r.PushImage(t.Context(), r.prefix+"import-metadata-x", opts); !errors.Is(err, want) {
			t.Errorf("%d refusals: %v, want %v", refusals, err, want)
		}
	}
}
