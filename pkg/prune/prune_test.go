package prune

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/registrytest"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/remote"
)

func stageTag(n int, at time.Time) string {
	return fmt.Sprintf("%056x-%d", n, at.UnixMilli())
}

// pruneWorld has two versions, dev tags, and stages under werf's tags.
func pruneWorld(t *testing.T) (*rig, *Pruner) {
	r := newRig(t)
	s := newPruner(r)
	s.now = func() time.Time { return registrytest.MustTime(t, "2026-12-22T09:00:00Z") } // images are a month old
	old := registrytest.MustTime(t, "2026-11-22T09:00:00Z")
	repository := r.Repository("echo")
	repo := repository.BundleRepo()

	base := []registrytest.File{{Name: "base", Content: "base"}}
	app := registrytest.Image(t, base, []registrytest.File{{Name: "app", Content: "1"}})
	appDigest := r.Tag(repo+":"+stageTag(1, old), app)
	r.Tag(repo+":"+stageTag(2, old), registrytest.Image(t, base)) // app is built on it
	r.Tag(repo+":"+stageTag(3, old), registrytest.Image(t, []registrytest.File{{Name: "unused"}}))
	r.Tag(repo+":"+stageTag(4, old.AddDate(0, 1, 0)), registrytest.Image(t, []registrytest.File{{Name: "young"}}))
	lone := r.Tag(repo+":"+stageTag(6, old), registrytest.Image(t, []registrytest.File{{Name: "lone"}}))
	r.Tag(repo+":override", registrytest.Image(t, []registrytest.File{{Name: "images_digests.json", Content: fmt.Sprintf(`{"app":%q}`, lone)}}))
	r.Tag(repo+":v12345", registrytest.Image(t, []registrytest.File{{Name: "images_digests.json", Content: "{}"}}))
	r.Tag(repo+":v9.9.9", registrytest.Image(t, []registrytest.File{{Name: "images_digests.json", Content: "{}"}}))
	r.Tag(repo+":sha256-"+strings.Repeat("0", 64)+".att", registrytest.Image(t, []registrytest.File{{Name: "attestation"}}))
	r.Tag(repo+":managed-image-app", registrytest.Image(t, []registrytest.File{{Name: "werf's own"}}))

	bundle := registrytest.Image(t, []registrytest.File{{Name: "images_digests.json", Content: fmt.Sprintf(`{"app":%q}`, appDigest)}})
	release := registrytest.Image(t, []registrytest.File{{Name: "version.json", Content: `{"version":"v1.0.0"}`}})
	version := registrytest.Built{Bundle: r.Push(repo, bundle), Release: r.Push(repo, release)}
	r.Tag(repo+":"+stageTag(5, old), bundle)
	r.apply(r.request("echo", "v1.0.0", version))
	r.promote("v1.0.0", module.Alpha)
	r.publish("echo", "v1.1.0")
	r.promote("v1.1.0", module.Alpha)
	r.apply(r.request("echo", "feature-x", version)) // the very images of v1.0.0
	r.apply(r.request("echo", "feature-y", r.Build("echo", "feature-y", "y")))
	r.apply(r.request("echo", "main", r.Build("echo", "main", "m")))
	return r, s
}

func deletions(plan *Plan) []string {
	lines := []string{}
	for _, d := range plan.Deletions {
		lines = append(lines, d.Ref[strings.LastIndex(d.Ref, "/")+1:])
	}
	return lines
}

func TestPrune(t *testing.T) {
	old := registrytest.MustTime(t, "2026-11-22T09:00:00Z")
	for _, test := range []struct {
		name    string
		request Request
		want    []string
	}{
		{"by pattern", Request{Pattern: "feature-*"}, []string{"echo:feature-x", "echo:feature-y", "release:feature-x", "release:feature-y"}},
		{"by name, in the bundle repository alone", Request{Pattern: "v12345"}, []string{"echo:v12345"}},
		{"by pattern, in the bundle repository alone", Request{Pattern: "v1234?"}, []string{}},
		{"a version by name", Request{Pattern: "v9.9.9"}, []string{}},
		{"werf's own by name", Request{Pattern: "managed-image-app"}, []string{}},
		{"a stage by name", Request{Pattern: stageTag(3, old)}, []string{}},
		{"an attestation by name", Request{Pattern: "sha256-" + strings.Repeat("0", 64) + ".att"}, []string{}},
		{"stages alone", Request{Stages: true}, []string{"echo:" + stageTag(3, old), "echo:" + stageTag(4, old.AddDate(0, 1, 0))}},
		{"all versions match a pattern", Request{Pattern: "v*"}, []string{}},
		{"too young", Request{OlderThan: 365 * 24 * time.Hour, Stages: true}, []string{}},
		{"by age, with stages", Request{OlderThan: 24 * time.Hour, Stages: true}, []string{
			"echo:feature-x", "echo:feature-y", "echo:main", "release:feature-x", "release:feature-y", "release:main",
			"echo:" + stageTag(3, old),
		}},
	} {
		r, s := pruneWorld(t)
		test.request.Repository = r.Repository("echo")
		before := digestsNamed(t, s, test.request.Repository)
		plan, err := prune(t, s, test.request)
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if diff := cmp.Diff(test.want, deletions(plan)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
		again, err := newPruner(r).Plan(t.Context(), test.request)
		if err != nil || len(again.Deletions) != 0 {
			t.Errorf("%s: pruning again deletes %v, %v", test.name, deletions(again), err)
		}
		for _, ref := range before {
			if _, found, err := newPruner(r).client.Digest(t.Context(), ref); !found || err != nil {
				t.Errorf("%s: %s is gone, %v", test.name, ref, err)
			}
		}
	}
}

// digestsNamed lists what the published versions and channels need.
func digestsNamed(t *testing.T, s *Pruner, repository module.Repository) []string {
	t.Helper()
	refs := []string{repository.Channel(module.Alpha), repository.Registration()}
	for _, tag := range []string{"v1.0.0", "v1.1.0"} {
		refs = append(refs, repository.Bundle(tag), repository.Release(tag))
		files, err := s.client.Files(t.Context(), repository.Bundle(tag), "images_digests.json")
		if err != nil {
			t.Fatal(err)
		}
		digests, err := module.ParseDigests(files["images_digests.json"])
		if err != nil {
			t.Fatal(err)
		}
		for _, digest := range digests {
			refs = append(refs, repository.Image(digest))
		}
	}
	return refs
}

// TestPruneWhereTagsCannotBeDeleted is how registries before distribution v3
// behave: an image can be deleted, a tag cannot.
func TestPruneWhereTagsCannotBeDeleted(t *testing.T) {
	r, s := pruneWorld(t)
	r.Around(registrytest.NoTagDelete)
	repository := r.Repository("echo")
	before := digestsNamed(t, s, repository)
	plan, err := prune(t, s, Request{Repository: repository, Pattern: "feature-*"})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range plan.Deletions {
		_, found, err := s.client.Digest(t.Context(), d.Ref)
		if err != nil || d.Done == found || d.Done != (d.Stays == "") {
			t.Errorf("%s: done %v, stays %q; it is there: %v, %v", d.Ref, d.Done, d.Stays, found, err)
		}
	}
	for _, ref := range before {
		if _, found, _ := newPruner(r).client.Digest(t.Context(), ref); !found {
			t.Errorf("%s is gone", ref)
		}
	}
	if _, found, _ := s.client.Digest(t.Context(), repository.Bundle("feature-y")); found {
		t.Error("feature-y is still there")
	}
	if _, found, _ := s.client.Digest(t.Context(), repository.Bundle("feature-x")); !found {
		t.Error("feature-x is gone, which can only be with the images of v1.0.0")
	}
}

// TestPruneTellsHowFarItCame has a registry that refuses the third deletion.
func TestPruneTellsHowFarItCame(t *testing.T) {
	r, s := pruneWorld(t)
	deleted := 0
	r.Around(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if req.Method == http.MethodDelete {
				if deleted++; deleted > 2 {
					registrytest.Refuse(w, http.StatusForbidden, "DENIED")
					return
				}
			}
			next.ServeHTTP(w, req)
		})
	})
	plan, err := prune(t, s, Request{Repository: r.Repository("echo"), Pattern: "feature-*"})
	if remote.StatusOf(err) != http.StatusForbidden {
		t.Fatalf("error %v, want the registry's refusal", err)
	}
	var done []bool
	for _, d := range plan.Deletions {
		done = append(done, d.Done)
	}
	if diff := cmp.Diff([]bool{true, true, false, false}, done); diff != "" {
		t.Error(diff)
	}
}

func TestPruneOfNothing(t *testing.T) {
	r, s := pruneWorld(t)
	for name, want := range map[string]bool{"echo": false, "ehco": true} {
		plan, err := s.Plan(t.Context(), Request{Repository: r.Repository(name), Pattern: "none"})
		if err != nil || plan.FoundNothing() != want {
			t.Errorf("%s: %v, want that nothing is there: %v", name, err, want)
		}
	}
}

func TestPruneNeedsToBeTold(t *testing.T) {
	r := newRig(t)
	for _, request := range []Request{{}, {OlderThan: -time.Hour}, {Pattern: "["}} {
		request.Repository = r.Repository("echo")
		if _, err := newPruner(r).Plan(t.Context(), request); !errors.Is(err, ErrRequest) {
			t.Errorf("%+v: %v", request, err)
		}
	}
}

// TestPruneStopsAtWhatItCannotRead has a version with a broken list of images.
func TestPruneStopsAtWhatItCannotRead(t *testing.T) {
	r, s := pruneWorld(t)
	repository := r.Repository("echo")
	r.Tag(repository.Bundle("v1.2.0"), registrytest.Image(t, []registrytest.File{{Name: "images_digests.json", Content: `{"group":{"app":"x"}}`}}))
	_, err := prune(t, s, Request{Repository: repository, OlderThan: time.Hour, Stages: true})
	if !errors.Is(err, ErrUnknownNeeds) {
		t.Errorf("prune: %v", err)
	}
	if _, found, _ := s.client.Digest(t.Context(), repository.Bundle("main")); !found {
		t.Error("something was deleted all the same")
	}
}

func TestPruneWithoutDelete(t *testing.T) {
	r, s := pruneWorld(t)
	r.Around(registrytest.NoDelete)
	_, err := prune(t, s, Request{Repository: r.Repository("echo"), Pattern: "main"})
	if remote.StatusOf(err) != http.StatusMethodNotAllowed {
		t.Errorf("a registry without delete: %v", err)
	}
}

// TestPruneWhilePublishing: what was published after the plan was made may be
// built on what the plan lists.
func TestPruneWhilePublishing(t *testing.T) {
	r, s := pruneWorld(t)
	plan, err := s.Plan(t.Context(), Request{Repository: r.Repository("echo"), OlderThan: time.Hour, Stages: true})
	if err != nil || len(plan.Deletions) == 0 {
		t.Fatalf("plan of %d deletions, %v", len(plan.Deletions), err)
	}
	r.apply(r.request("echo", "late", r.Build("echo", "late", "l")))
	before := r.state()
	if err := s.Apply(t.Context(), plan); !errors.Is(err, remote.ErrConflict) {
		t.Errorf("prune: %v, want that something appeared", err)
	}
	if diff := cmp.Diff(before, r.state()); diff != "" {
		t.Errorf("it deleted all the same:\n%s", diff)
	}
}

// TestPruneNeedsTheWholeList: versions are on the second page, behind stages.
func TestPruneNeedsTheWholeList(t *testing.T) {
	r := newRig(t)
	r.publish("echo", "v1.0.0")
	r.Tag(r.Repository("echo").Bundle(stageTag(1, time.UnixMilli(1e12))), registrytest.Image(t, []registrytest.File{{Name: "unused"}}))
	for _, status := range []int{http.StatusForbidden, http.StatusNotFound} {
		r.Around(changedLists(func(w http.ResponseWriter, req *http.Request, next http.Handler) {
			if req.URL.Query().Get("last") != "" {
				registrytest.Refuse(w, status, "UNKNOWN")
				return
			}
			w.Header().Set("Link", fmt.Sprintf("<%s?n=1000&last=x>; rel=\"next\"", req.URL.Path))
			next.ServeHTTP(w, req)
		}))
		r.Log.Take()
		if _, err := prune(t, newPruner(r), Request{Repository: r.Repository("echo"), Stages: true}); err == nil {
			t.Errorf("%d for the second page was taken for its end", status)
		}
		for _, line := range r.Log.Take() {
			if strings.HasPrefix(line, http.MethodDelete) {
				t.Errorf("%d: %s", status, line)
			}
		}
	}
}

// TestPruneNeedsTheReleases: a list that is empty by mistake names nothing that
// has to stay.
func TestPruneNeedsTheReleases(t *testing.T) {
	r := newRig(t)
	r.publish("echo", "v1.0.0")
	r.Around(changedLists(func(w http.ResponseWriter, req *http.Request, next http.Handler) {
		if strings.Contains(req.URL.Path, "/release/") {
			registrytest.Refuse(w, http.StatusNotFound, "NAME_UNKNOWN")
			return
		}
		next.ServeHTTP(w, req)
	}))
	_, err := newPruner(r).Plan(t.Context(), Request{Repository: r.Repository("echo"), Stages: true})
	if !errors.Is(err, ErrUnknownNeeds) {
		t.Errorf("%v, want %v", err, ErrUnknownNeeds)
	}
}

// TestPruneWithoutTheListOfTags: a list that the login may not read is an error.
func TestPruneWithoutTheListOfTags(t *testing.T) {
	r := newRig(t)
	r.publish("echo", "v1.0.0")
	r.Around(changedLists(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		registrytest.Refuse(w, http.StatusForbidden, "DENIED")
	}))
	repository := r.Repository("echo")
	_, err := newPruner(r).Plan(t.Context(), Request{Repository: repository, Pattern: "pr*"})
	if remote.StatusOf(err) != http.StatusForbidden || !strings.HasPrefix(err.Error(), "list the tags of "+repository.BundleRepo()+": the registry answered 403") {
		t.Errorf("prune: %v", err)
	}
}
