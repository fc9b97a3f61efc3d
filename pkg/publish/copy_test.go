package publish

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	ggcr "github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/modship/modship/internal/registrytest"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/remote"
)

// world is two registries with the session that may use both.
type world struct {
	from, to *rig
	session  *Publisher
}

// newWorld logs in to the source by the options and to the target by the
// Docker configuration, as a copy from dev to prod does.
func newWorld(t *testing.T) world {
	w := world{from: newRig(t), to: newRig(t)}
	w.session = w.newPublisher()
	return w
}

func (w world) newPublisher() *Publisher {
	return newPublisher(w.from, func(o *remote.ClientOptions) { w.to.WriteLogin(o.DockerConfig) })
}

// rich publishes a version with several images, an index among them, extra
// images, attestations and a referrer, and returns every reference of it.
func (r *rig) rich(s *Publisher, tag string, images int) []string {
	r.T.Helper()
	repository := r.Repository("echo")
	repo := repository.BundleRepo()
	var keys, refs []string
	base := []registrytest.File{{Name: "base", Content: strings.Repeat("shared ", 1000)}}
	for n := range images {
		var what ggcr.Taggable = registrytest.Image(r.T, base, []registrytest.File{{Name: "app", Content: fmt.Sprint("app ", n)}})
		if n == 0 {
			what = registrytest.Index(map[string]v1.Image{"amd64": registrytest.Image(r.T, base), "arm64": registrytest.Image(r.T, []registrytest.File{{Name: "arm"}})})
		}
		ref := r.Push(repo, what)
		refs = append(refs, ref)
		digest := ref[strings.Index(ref, "@")+1:]
		keys = append(keys, fmt.Sprintf("%q:%q", fmt.Sprintf("app%d", n), digest))
		if n < 2 {
			r.Tag(repo+":"+remote.DigestTag(digest)+".att", registrytest.Image(r.T, []registrytest.File{{Name: "vex", Content: digest}}))
			refs = append(refs, repo+":"+remote.DigestTag(digest)+".att")
		}
	}
	r.Tag(repository.ExtraRepo("tool")+":7", registrytest.Image(r.T, []registrytest.File{{Name: "tool"}}))
	bundle := registrytest.Image(r.T, []registrytest.File{
		{Name: "module.yaml", Content: "name: echo\n"},
		{Name: "images_digests.json", Content: "{" + strings.Join(keys, ",") + "}"},
		{Name: "extra_images.json", Content: `{"tool":7}`},
	})
	release := registrytest.Image(r.T, []registrytest.File{{Name: "version.json", Content: fmt.Sprintf(`{"version":%q}`, tag)}})
	r.apply(s, r.request("echo", tag, registrytest.Built{Bundle: r.Push(repo, bundle), Release: r.Push(repo, release)}))
	r.Tag(repo+":"+tag+".att", registrytest.Image(r.T, []registrytest.File{{Name: "vex", Content: "of the bundle"}}))
	r.Tag(repo+":7.att", registrytest.Image(r.T, []registrytest.File{{Name: "vex", Content: "of the extra image"}}))
	return append(refs, repository.Bundle(tag), repository.Release(tag), repository.ExtraRepo("tool")+":7", repo+":"+tag+".att", repo+":7.att")
}

func TestCopy(t *testing.T) {
	w := newWorld(t)
	refs := w.from.rich(w.session, "v1.0.0", 6)
	request := CopyRequest{
		From: w.from.Repository("echo"), Tag: "v1.0.0", Channels: []module.Channel{module.Alpha},
		To: []module.Repository{w.edition("ce"), w.edition("ee")},
	}
	if _, err := copyVersion(t.Context(), w.session, request); err != nil {
		t.Fatal(err)
	}
	for _, target := range request.To {
		for _, ref := range refs {
			copied := target.String() + strings.TrimPrefix(ref, request.From.String())
			want, _, err := readManifest(t, w, ref)
			if err != nil {
				t.Fatal(err)
			}
			got, found, err := readManifest(t, w, copied)
			if err != nil || !found || string(got.Raw) != string(want.Raw) || got.MediaType != want.MediaType {
				t.Errorf("%s is not a copy of %s: %v", copied, ref, err)
			}
		}
		if on, _, _ := w.session.client.Digest(t.Context(), target.Channel(module.Alpha)); on == "" {
			t.Errorf("%s is not on alpha", target)
		}
	}
	w.to.Log.Take()
	again, err := copyVersion(t.Context(), w.newPublisher(), request)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range w.to.Log.Take() {
		if !strings.HasPrefix(line, "HEAD") && !strings.HasPrefix(line, "GET") {
			t.Errorf("copying again writes: %s", line)
		}
	}
	for _, plan := range again {
		if plan.Changes() {
			t.Errorf("copying again plans %v", actions(plan))
		}
	}
}

// TestCopyUploadsSharedLayersOnce counts the uploads of a layer that all
// images have.
func TestCopyUploadsSharedLayersOnce(t *testing.T) {
	w := newWorld(t)
	w.from.rich(w.session, "v1.0.0", 5)
	w.to.Log.Take()
	if _, err := copyVersion(t.Context(), w.session, CopyRequest{From: w.from.Repository("echo"), Tag: "v1.0.0", To: []module.Repository{w.edition("ce")}}); err != nil {
		t.Fatal(err)
	}
	var uploads []string
	for _, line := range w.to.Log.Take() {
		if strings.HasPrefix(line, "PUT") && strings.Contains(line, "/blobs/uploads/") {
			uploads = append(uploads, line)
		}
	}
	// 5 app images: the shared layer once, 4 own layers, the arm layer; 6
	// configs; 4 attestations, extra image, bundle, release with a layer and a
	// config each; the registration's config.
	if want := 1 + 4 + 1 + 6 + 2*7 + 1; len(uploads) != want {
		t.Errorf("%d uploads, want %d", len(uploads), want)
	}
}

func TestCopyOfABrokenVersion(t *testing.T) {
	w := newWorld(t)
	repo := w.from.Repository("echo").BundleRepo()
	bundle := registrytest.Image(t, []registrytest.File{{Name: "images_digests.json", Content: `{"app":"sha256:` + strings.Repeat("0", 64) + `"}`}})
	release := registrytest.Image(t, []registrytest.File{{Name: "version.json", Content: `{"version":"v1.0.0"}`}})
	w.from.apply(w.session, w.from.request("echo", "v1.0.0", registrytest.Built{Bundle: w.from.Push(repo, bundle), Release: w.from.Push(repo, release)}))
	_, err := copyVersion(t.Context(), w.session, CopyRequest{From: w.from.Repository("echo"), Tag: "v1.0.0", To: []module.Repository{w.edition("ce")}})
	if !errors.Is(err, ErrBroken) || !strings.Contains(err.Error(), `image "app"`) {
		t.Errorf("an image is missing: %v", err)
	}
}

// TestCopyIsAllOrNone has a target that refuses: it has other content.
func TestCopyIsAllOrNone(t *testing.T) {
	w := newWorld(t)
	w.from.publish(w.session, "echo", "v1.0.0")
	other := w.to.Build("echo", "v1.0.0", "other")
	taken := w.to.Repository("echo")
	w.to.apply(w.session, Request{Repository: taken, Tag: "v1.0.0", Bundle: other.Bundle, Release: other.Release})
	w.to.Log.Take()
	_, err := copyVersion(t.Context(), w.session, CopyRequest{
		From: w.from.Repository("echo"), Tag: "v1.0.0", To: []module.Repository{w.edition("ce"), taken},
	})
	if !isRefused(err) {
		t.Errorf("copy: %v", err)
	}
	if slices.ContainsFunc(w.to.Log.Take(), func(line string) bool { return strings.HasPrefix(line, "PUT") }) {
		t.Error("a target was written although another refuses")
	}
}

func (w world) edition(name string) module.Repository {
	w.to.T.Helper()
	repository, err := module.NewRepository(w.to.Addr+"/"+name+"/modules", "echo")
	if err != nil {
		w.to.T.Fatal(err)
	}
	return repository
}

// readManifest reads a manifest with a client that remembers none.
func readManifest(t *testing.T, w world, ref string) (*remote.Manifest, bool, error) {
	t.Helper()
	client := w.newPublisher().client
	parsed, err := client.ParseReference(ref)
	if err != nil {
		t.Fatal(err)
	}
	return client.FindManifest(t.Context(), parsed)
}
