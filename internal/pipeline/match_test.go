package pipeline

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/werf/werf/v2/pkg/werf"

	"github.com/modship/modship/internal/build"
	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/fetch"
)

// TestMatch compares a checkout with what the repository has, and names what
// only this checkout has.
func TestMatch(t *testing.T) {
	r := newRig(t)
	built := r.git("git rev-parse HEAD")
	r.write(map[string]string{
		"images/hello/hello.txt": "changed\n",
		"werf.yaml":              strings.Replace(moduleFiles["werf.yaml"], "image: digests", "image: digests\nshell: {setup: ['{{ env \"MY_TOKEN\" }}']}", 1),
		"werf-giterminism.yaml":  "giterminismConfigVersion: 1\nconfig: {goTemplateRendering: {allowEnvVariables: [MY_TOKEN]}}\n",
	})
	r.commit("two")
	t.Setenv("MY_TOKEN", "one")
	r.builder.plan = &build.Plan{
		Images: []build.ImagePlan{
			{Name: "hello", Action: build.Rebuild, Stage: "gitLatestPatch"},
			{Name: "release-channel-version", Action: build.Reuse, Tag: "content", Digest: "sha256:0"},
		},
		Commits: map[string][]string{"hello": {built}},
	}
	match := func(flags ...string) *Match {
		j := r.job(r.options("dev", nil, flags...))
		j.dry = true
		m, err := j.match(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	want := &Match{
		Images: []ImageMatch{
			{
				Image: "hello", Stage: "gitLatestPatch", Since: built, Needs: []string{},
				Causes: []Cause{{Kind: "file", What: "images/hello/hello.txt", How: "changed", Stage: "gitLatestPatch"}},
			},
			{Image: "release-channel-version", Matches: true, Tag: "content", Digest: "sha256:0", Causes: []Cause{}, Needs: []string{}},
		},
		Checkout: []Difference{{"variable", "MY_TOKEN is set in the environment and not in modship.yaml"}},
	}
	got := match()
	if diff := cmp.Diff(want, got); diff != "" || got.Equal() {
		t.Errorf("(-want +got):\n%s", diff)
	}
	r.write(map[string]string{"module.yaml": moduleFiles["module.yaml"] + "# changed\n"})
	if got := match("loose-giterminism").Checkout; len(got) != 2 || got[0] != (Difference{"uncommitted", "module.yaml differs from the commit"}) {
		t.Errorf("%+v", got)
	}
}

// TestPlanBuild looks up what a build would do, and no tags.
func TestPlanBuild(t *testing.T) {
	r := newRig(t)
	r.builds("dev", "one")
	j := r.job(r.options("dev", nil))
	j.dry = true
	result, err := j.run(t.Context(), (*job).planOnly)
	if err != nil || len(result.Planned.Images) != 3 || len(result.Writes) > 0 || r.builder.builds > 0 {
		t.Errorf("%+v, %v", result, err)
	}
}

// TestFetchedFiles: what keeps a fetched file from doing what it is for is said,
// and a version that could not be built again is refused.
func TestFetchedFiles(t *testing.T) {
	for _, tc := range []struct {
		name, tag string
		file      fetch.Result
		say       []string
		code      exit.Code
	}{
		{"all is well", "v1.0.0", fetch.Result{Path: "a.yml", Pinned: true, Ignored: true, Allowed: true}, nil, exit.OK},
		{"committed", "v1.0.0", fetch.Result{Path: "a.yml", Outcome: fetch.Committed}, []string{"note: a.yml is committed"}, exit.OK},
		{"no checksum", "dev", fetch.Result{Path: "a.yml", SHA256: "0", Ignored: true, Allowed: true}, []string{"note: a.yml has no checksum in modship.yaml: add sha256: 0"}, exit.OK},
		{"no checksum for a version", "v1.0.0", fetch.Result{Path: "a.yml", SHA256: "0"}, nil, exit.Violated},
		{"neither ignored nor allowed", "dev", fetch.Result{Path: "a.yml", Pinned: true}, []string{"add it to .gitignore", "allowUncommittedFiles"}, exit.OK},
	} {
		r := newRig(t)
		err := r.job(r.options(tc.tag, nil)).checkFetched(tc.file)
		if exit.CodeOf(err) != tc.code || len(r.messages) != len(tc.say) {
			t.Errorf("%s: %v, said %q", tc.name, err, r.messages)
		}
		for _, text := range tc.say {
			if !r.said(text) {
				t.Errorf("%s: said %q, want %q", tc.name, r.messages, text)
			}
		}
	}
}

// TestAnswers: any answer will do, and an address with a login is not shown.
func TestAnswers(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	address := server.URL
	if err := answers(t.Context(), address); err != nil {
		t.Error(err)
	}
	server.Close()
	err := answers(t.Context(), strings.Replace(address, "://", "://u:s3cret@", 1))
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("nobody there: %v", err)
	}
	if err := answers(t.Context(), "http://%"); err == nil || err.Error() != "it is not an address" {
		t.Errorf("no address: %v", err)
	}
}

// TestHalfLogin: a user name without a password, or the other way around.
func TestHalfLogin(t *testing.T) {
	for _, tc := range []struct {
		user, password string
		want           bool
	}{{"", "", false}, {"u", "", true}, {"", "p", true}, {"u", "p", false}} {
		t.Setenv("MODULES_REGISTRY_LOGIN", tc.user)
		t.Setenv("MODULES_REGISTRY_PASSWORD", tc.password)
		if got := HalfLogin(); got != tc.want {
			t.Errorf("%+v: %t", tc, got)
		}
	}
}

// TestMatchOtherWerf names the werf that built CI's image of this commit, where
// nothing of the commit explains the difference.
func TestMatchOtherWerf(t *testing.T) {
	for version, want := range map[string][]string{
		"v2.10.1":    {"werf v2.10.1 built CI's image", "no file and no line of werf.yaml differs"},
		werf.Version: {"no file and no line of werf.yaml differs"},
	} {
		r := newRig(t)
		commit := r.git("git rev-parse HEAD")
		img, err := mutate.Config(image(t, "a", "b"), v1.Config{Labels: map[string]string{"werf-version": version}})
		if err != nil {
			t.Fatal(err)
		}
		r.tag(r.repository().String()+":stage", img)
		r.builder.plan = &build.Plan{
			Images:  []build.ImagePlan{{Name: "hello", Action: build.Rebuild, Stage: "from"}},
			Commits: map[string][]string{"hello": {commit}},
			Stages:  map[string]map[string]string{"hello": {commit: "stage"}},
		}
		j := r.job(r.options("dev", nil))
		j.dry = true
		match, err := j.match(t.Context())
		if err != nil || len(match.Images[0].Causes) != len(want) {
			t.Fatalf("%s: %v, %+v", version, err, match)
		}
		for i, text := range want {
			if cause := match.Images[0].Causes[i]; !strings.HasPrefix(cause.What, text) {
				t.Errorf("%s: cause %+v, want %q", version, cause, text)
			}
		}
	}
}
