package publish

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/pkg/module"
)

func stageTag(n int, at time.Time) string {
	return fmt.Sprintf("%056x-%d", n, at.UnixMilli())
}

// pruneWorld has two versions, dev tags, and stages under werf's tags.
func pruneWorld(t *testing.T) (*rig, *Session) {
	r := newRig(t)
	s := newSession(r)
	s.now = func() time.Time { return mustTime(t, "2026-12-22T09:00:00Z") } // images are a month old
	old := mustTime(t, "2026-11-22T09:00:00Z")
	repository := r.repository("echo")
	repo := repository.BundleRepo()

	base := []file{{name: "base", content: "base"}}
	app := image(t, base, []file{{name: "app", content: "1"}})
	appDigest := r.tag(repo+":"+stageTag(1, old), app)
	r.tag(repo+":"+stageTag(2, old), image(t, base)) // app is built on it
	r.tag(repo+":"+stageTag(3, old), image(t, []file{{name: "unused"}}))
	r.tag(repo+":"+stageTag(4, old.AddDate(0, 1, 0)), image(t, []file{{name: "young"}}))
	lone := r.tag(repo+":"+stageTag(6, old), image(t, []file{{name: "lone"}}))
	r.tag(repo+":override", image(t, []file{{name: "images_digests.json", content: fmt.Sprintf(`{"app":%q}`, lone)}}))
	r.tag(repo+":v12345", image(t, []file{{name: "images_digests.json", content: "{}"}}))
	r.tag(repo+":v9.9.9", image(t, []file{{name: "images_digests.json", content: "{}"}}))
	r.tag(repo+":sha256-"+strings.Repeat("0", 64)+".att", image(t, []file{{name: "attestation"}}))
	r.tag(repo+":managed-image-app", image(t, []file{{name: "werf's own"}}))

	bundle := image(t, []file{{name: "images_digests.json", content: fmt.Sprintf(`{"app":%q}`, appDigest)}})
	release := image(t, []file{{name: "version.json", content: `{"version":"v1.0.0"}`}})
	version := built{bundle: r.push(repo, bundle), release: r.push(repo, release)}
	r.tag(repo+":"+stageTag(5, old), bundle)
	r.apply(s, r.request("echo", "v1.0.0", version))
	r.mustPromote(s, "v1.0.0", module.Alpha)
	r.publish(s, "echo", "v1.1.0")
	r.mustPromote(s, "v1.1.0", module.Alpha)
	r.apply(s, r.request("echo", "feature-x", version)) // the very images of v1.0.0
	r.apply(s, r.request("echo", "feature-y", r.build("echo", "feature-y", "y")))
	r.apply(s, r.request("echo", "main", r.build("echo", "main", "m")))
	return r, s
}

func deletions(plan *PrunePlan) []string {
	lines := []string{}
	for _, d := range plan.Deletions {
		lines = append(lines, d.Ref[strings.LastIndex(d.Ref, "/")+1:])
	}
	return lines
}

func TestPrune(t *testing.T) {
	old := mustTime(t, "2026-11-22T09:00:00Z")
	for _, test := range []struct {
		name    string
		request PruneRequest
		want    []string
	}{
		{"by pattern", PruneRequest{Pattern: "feature-*"}, []string{"echo:feature-x", "echo:feature-y", "release:feature-x", "release:feature-y"}},
		{"by name, in the bundle repository alone", PruneRequest{Pattern: "v12345"}, []string{"echo:v12345"}},
		{"by pattern, in the bundle repository alone", PruneRequest{Pattern: "v1234?"}, []string{}},
		{"a version by name", PruneRequest{Pattern: "v9.9.9"}, []string{}},
		{"werf's own by name", PruneRequest{Pattern: "managed-image-app"}, []string{}},
		{"a stage by name", PruneRequest{Pattern: stageTag(3, old)}, []string{}},
		{"an attestation by name", PruneRequest{Pattern: "sha256-" + strings.Repeat("0", 64) + ".att"}, []string{}},
		{"stages alone", PruneRequest{Stages: true}, []string{"echo:" + stageTag(3, old), "echo:" + stageTag(4, old.AddDate(0, 1, 0))}},
		{"all versions match a pattern", PruneRequest{Pattern: "v*"}, []string{}},
		{"too young", PruneRequest{OlderThan: 365 * 24 * time.Hour, Stages: true}, []string{}},
		{"by age, with stages", PruneRequest{OlderThan: 24 * time.Hour, Stages: true}, []string{
			"echo:feature-x", "echo:feature-y", "echo:main", "release:feature-x", "release:feature-y", "release:main",
			"echo:" + stageTag(3, old),
		}},
	} {
		r, s := pruneWorld(t)
		test.request.Repository = r.repository("echo")
		before := digestsNamed(t, s, test.request.Repository)
		plan, err := s.Prune(t.Context(), test.request)
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if diff := cmp.Diff(test.want, deletions(plan)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
		again, err := newSession(r).PlanPrune(t.Context(), test.request)
		if err != nil || len(again.Deletions) != 0 {
			t.Errorf("%s: pruning again deletes %v, %v", test.name, deletions(again), err)
		}
		for _, ref := range before {
			if _, found, err := newSession(r).Digest(t.Context(), ref); !found || err != nil {
				t.Errorf("%s: %s is gone, %v", test.name, ref, err)
			}
		}
	}
}

// digestsNamed lists what the published versions and channels need.
func digestsNamed(t *testing.T, s *Session, repository module.Repository) []string {
	t.Helper()
	var refs []string
	for _, tag := range []string{"v1.0.0", "v1.1.0"} {
		content, err := s.versionContent(t.Context(), repository, tag)
		if err != nil {
			t.Fatal(err)
		}
		refs = append(refs, repository.Bundle(tag), repository.Release(tag), repository.Image(content.bundle))
		for _, item := range content.items {
			refs = append(refs, item.ref.String())
		}
	}
	return append(refs, repository.Channel(module.Alpha), repository.Registration())
}

// TestPruneWhereTagsCannotBeDeleted is how registries before distribution v3
// behave: an image can be deleted, a tag cannot.
func TestPruneWhereTagsCannotBeDeleted(t *testing.T) {
	r, s := pruneWorld(t)
	r.around(noTagDelete)
	repository := r.repository("echo")
	before := digestsNamed(t, s, repository)
	plan, err := s.Prune(t.Context(), PruneRequest{Repository: repository, Pattern: "feature-*"})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range plan.Deletions {
		_, found, err := s.Digest(t.Context(), d.Ref)
		if err != nil || d.Done == found || d.Done != (d.Stays == "") {
			t.Errorf("%s: done %v, stays %q; it is there: %v, %v", d.Ref, d.Done, d.Stays, found, err)
		}
	}
	for _, ref := range before {
		if _, found, _ := newSession(r).Digest(t.Context(), ref); !found {
			t.Errorf("%s is gone", ref)
		}
	}
	if _, found, _ := s.Digest(t.Context(), repository.Bundle("feature-y")); found {
		t.Error("feature-y is still there")
	}
	if _, found, _ := s.Digest(t.Context(), repository.Bundle("feature-x")); !found {
		t.Error("feature-x is gone, which can only be with the images of v1.0.0")
	}
}

// TestPruneTellsHowFarItCame has a registry that refuses the third deletion.
func TestPruneTellsHowFarItCame(t *testing.T) {
	r, s := pruneWorld(t)
	deleted := 0
	r.around(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if req.Method == http.MethodDelete {
				if deleted++; deleted > 2 {
					refuse(w, http.StatusForbidden, "DENIED")
					return
				}
			}
			next.ServeHTTP(w, req)
		})
	})
	plan, err := s.Prune(t.Context(), PruneRequest{Repository: r.repository("echo"), Pattern: "feature-*"})
	if exit.CodeOf(err) != exit.Refused {
		t.Fatalf("error %v, want code %d", err, exit.Refused)
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
		plan, err := s.PlanPrune(t.Context(), PruneRequest{Repository: r.repository(name), Pattern: "none"})
		if err != nil || plan.FoundNothing() != want {
			t.Errorf("%s: %v, want that nothing is there: %v", name, err, want)
		}
	}
}

func TestPruneNeedsToBeTold(t *testing.T) {
	r := newRig(t)
	for _, request := range []PruneRequest{{}, {OlderThan: -time.Hour}, {Pattern: "["}} {
		request.Repository = r.repository("echo")
		if _, err := newSession(r).PlanPrune(t.Context(), request); exit.CodeOf(err) != exit.Usage {
			t.Errorf("%+v: %v", request, err)
		}
	}
}

// TestPruneStopsAtWhatItCannotRead has a version with a broken list of images.
func TestPruneStopsAtWhatItCannotRead(t *testing.T) {
	r, s := pruneWorld(t)
	repository := r.repository("echo")
	r.tag(repository.Bundle("v1.2.0"), image(t, []file{{name: "images_digests.json", content: `{"group":{"app":"x"}}`}}))
	_, err := s.Prune(t.Context(), PruneRequest{Repository: repository, OlderThan: time.Hour, Stages: true})
	if exit.CodeOf(err) != exit.Violated {
		t.Errorf("prune: %v", err)
	}
	if _, found, _ := s.Digest(t.Context(), repository.Bundle("main")); !found {
		t.Error("something was deleted all the same")
	}
}

func TestPruneWithoutDelete(t *testing.T) {
	r, s := pruneWorld(t)
	r.around(noDelete)
	_, err := s.Prune(t.Context(), PruneRequest{Repository: r.repository("echo"), Pattern: "main"})
	if exit.CodeOf(err) != exit.Refused {
		t.Errorf("a registry without delete: %v, want code %d", err, exit.Refused)
	}
}

// TestPruneWhilePublishing: what was published after the plan was made may be
// built on what the plan lists.
func TestPruneWhilePublishing(t *testing.T) {
	r, s := pruneWorld(t)
	plan, err := s.PlanPrune(t.Context(), PruneRequest{Repository: r.repository("echo"), OlderThan: time.Hour, Stages: true})
	if err != nil || len(plan.Deletions) == 0 {
		t.Fatalf("plan of %d deletions, %v", len(plan.Deletions), err)
	}
	r.apply(newSession(r), r.request("echo", "late", r.build("echo", "late", "l")))
	before := r.state()
	if err := s.ApplyPrune(t.Context(), plan); !errors.Is(err, errRace) {
		t.Errorf("prune: %v, want that something appeared", err)
	}
	if diff := cmp.Diff(before, r.state()); diff != "" {
		t.Errorf("it deleted all the same:\n%s", diff)
	}
}
