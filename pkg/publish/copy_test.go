package publish

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/pkg/module"
)

// world is two registries with the session that may use both.
type world struct {
	from, to *rig
	session  *Session
}

// newWorld logs in to the source by the options and to the target by the
// Docker configuration, as a copy from dev to prod does.
func newWorld(t *testing.T) world {
	w := world{from: newRig(t), to: newRig(t)}
	w.session = w.newSession()
	return w
}

func (w world) newSession() *Session {
	return newSession(w.from, func(o *SessionOptions) { w.to.writeLogin(o.DockerConfig) })
}

// rich publishes a version with several images, an index among them, extra
// images, attestations and a referrer, and returns every reference of it.
func (r *rig) rich(s *Session, tag string, images int) []string {
	r.t.Helper()
	repository := r.repository("echo")
	repo := repository.BundleRepo()
	var keys, refs []string
	base := []file{{name: "base", content: strings.Repeat("shared ", 1000)}}
	for n := range images {
		var what remote.Taggable = image(r.t, base, []file{{name: "app", content: fmt.Sprint("app ", n)}})
		if n == 0 {
			what = index(map[string]v1.Image{"amd64": image(r.t, base), "arm64": image(r.t, []file{{name: "arm"}})})
		}
		ref := r.push(repo, what)
		refs = append(refs, ref)
		digest := ref[strings.Index(ref, "@")+1:]
		keys = append(keys, fmt.Sprintf("%q:%q", fmt.Sprintf("app%d", n), digest))
		if n < 2 {
			r.tag(repo+":"+digestTag(digest)+".att", image(r.t, []file{{name: "vex", content: digest}}))
			refs = append(refs, repo+":"+digestTag(digest)+".att")
		}
	}
	r.tag(repository.ExtraRepo("tool")+":7", image(r.t, []file{{name: "tool"}}))
	bundle := image(r.t, []file{
		{name: "module.yaml", content: "name: echo\n"},
		{name: "images_digests.json", content: "{" + strings.Join(keys, ",") + "}"},
		{name: "extra_images.json", content: `{"tool":7}`},
	})
	release := image(r.t, []file{{name: "version.json", content: fmt.Sprintf(`{"version":%q}`, tag)}})
	r.apply(s, r.request("echo", tag, built{bundle: r.push(repo, bundle), release: r.push(repo, release)}))
	r.tag(repo+":"+tag+".att", image(r.t, []file{{name: "vex", content: "of the bundle"}}))
	r.tag(repo+":7.att", image(r.t, []file{{name: "vex", content: "of the extra image"}}))
	return append(refs, repository.Bundle(tag), repository.Release(tag), repository.ExtraRepo("tool")+":7", repo+":"+tag+".att", repo+":7.att")
}

func TestCopy(t *testing.T) {
	w := newWorld(t)
	refs := w.from.rich(w.session, "v1.0.0", 6)
	request := CopyRequest{
		From: w.from.repository("echo"), Tag: "v1.0.0", Channels: []module.Channel{module.Alpha},
		To: []module.Repository{w.edition("ce"), w.edition("ee")},
	}
	if _, err := w.session.Copy(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	for _, target := range request.To {
		for _, ref := range refs {
			copied := target.String() + strings.TrimPrefix(ref, request.From.String())
			want, _, err := readManifest(t, w.session, ref)
			if err != nil {
				t.Fatal(err)
			}
			got, found, err := readManifest(t, w.session, copied)
			if err != nil || !found || string(got.Raw) != string(want.Raw) || got.MediaType != want.MediaType {
				t.Errorf("%s is not a copy of %s: %v", copied, ref, err)
			}
		}
		if on, _, _ := w.session.Digest(t.Context(), target.Channel(module.Alpha)); on == "" {
			t.Errorf("%s is not on alpha", target)
		}
	}
	w.to.log.take()
	again, err := w.newSession().Copy(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range w.to.log.take() {
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
	w.to.log.take()
	if _, err := w.session.Copy(t.Context(), CopyRequest{From: w.from.repository("echo"), Tag: "v1.0.0", To: []module.Repository{w.edition("ce")}}); err != nil {
		t.Fatal(err)
	}
	var uploads []string
	for _, line := range w.to.log.take() {
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
	repo := w.from.repository("echo").BundleRepo()
	bundle := image(t, []file{{name: "images_digests.json", content: `{"app":"sha256:` + strings.Repeat("0", 64) + `"}`}})
	release := image(t, []file{{name: "version.json", content: `{"version":"v1.0.0"}`}})
	w.from.apply(w.session, w.from.request("echo", "v1.0.0", built{bundle: w.from.push(repo, bundle), release: w.from.push(repo, release)}))
	_, err := w.session.Copy(t.Context(), CopyRequest{From: w.from.repository("echo"), Tag: "v1.0.0", To: []module.Repository{w.edition("ce")}})
	if exit.CodeOf(err) != exit.Violated || !strings.Contains(err.Error(), `image "app"`) {
		t.Errorf("an image is missing: %v", err)
	}
}

// TestCopyIsAllOrNone has a target that refuses: it has other content.
func TestCopyIsAllOrNone(t *testing.T) {
	w := newWorld(t)
	w.from.publish(w.session, "echo", "v1.0.0")
	other := w.to.build("echo", "v1.0.0", "other")
	taken := w.to.repository("echo")
	w.to.apply(w.session, Request{Repository: taken, Tag: "v1.0.0", Bundle: other.bundle, Release: other.release})
	w.to.log.take()
	_, err := w.session.Copy(t.Context(), CopyRequest{
		From: w.from.repository("echo"), Tag: "v1.0.0", To: []module.Repository{w.edition("ce"), taken},
	})
	if exit.CodeOf(err) != exit.Violated {
		t.Errorf("copy: %v", err)
	}
	if slices.ContainsFunc(w.to.log.take(), func(line string) bool { return strings.HasPrefix(line, "PUT") }) {
		t.Error("a target was written although another refuses")
	}
}

func (w world) edition(name string) module.Repository {
	w.to.t.Helper()
	repository, err := module.NewRepository(w.to.addr+"/"+name+"/modules", "echo")
	if err != nil {
		w.to.t.Fatal(err)
	}
	return repository
}

// readManifest reads a manifest past the session's memory.
func readManifest(t *testing.T, s *Session, ref string) (*Manifest, bool, error) {
	t.Helper()
	clear(s.manifests)
	parsed, err := s.parseReference(ref)
	if err != nil {
		t.Fatal(err)
	}
	return s.manifest(t.Context(), parsed)
}
