package publish

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/registrytest"
	"github.com/modship/modship/pkg/module"
)

func TestStatus(t *testing.T) {
	r := newRig(t)
	s := newPublisher(r)
	repository := r.Repository("echo")
	r.publish(s, "echo", "v1.0.0")
	both := r.publish(s, "echo", "v1.10.0")
	r.publish(s, "echo", "v1.9.0")
	r.apply(s, r.request("echo", "dev", both))
	r.mustPromote(s, "v1.0.0", module.Alpha, module.Beta)
	// What other tools leave behind.
	r.Tag(repository.Bundle("v2.0.0"), registrytest.Image(t, []registrytest.File{{Name: "a"}}))
	r.Tag(repository.Release("v3.0.0"), registrytest.Image(t, []registrytest.File{{Name: "version.json", Content: `{"version":"v3.0.0"}`}}))
	r.Tag(repository.Channel(module.Stable), registrytest.Image(t, []registrytest.File{{Name: "version.json", Content: `{"version":"v0.9.0"}`}}))
	r.Tag(repository.Channel(module.LTS), registrytest.Image(t, []registrytest.File{{Name: "nothing"}}))

	status, err := newPublisher(r).Status(t.Context(), repository)
	if err != nil {
		t.Fatal(err)
	}
	var versions, channels []string
	for _, v := range status.Versions {
		line := v.Version + " on " + joinChannels(v.Channels)
		if len(v.Problems) > 0 {
			line += " problem"
		}
		if v.Published != nil {
			line += " " + v.Published.Format("15:04")
		}
		versions = append(versions, line)
	}
	for _, c := range status.Channels {
		line := string(c.Channel) + " " + c.Version
		if len(c.Problems) > 0 {
			line += " problem"
		}
		channels = append(channels, line)
	}
	wantVersions := []string{
		"v1.0.0 on alpha,beta 09:00", "v1.9.0 on  09:00", "v1.10.0 on  09:00",
		"v2.0.0 on  problem 09:00", "v3.0.0 on  problem 09:00",
	}
	if diff := cmp.Diff(wantVersions, versions); diff != "" {
		t.Errorf("versions (-want +got):\n%s", diff)
	}
	wantChannels := []string{"alpha v1.0.0", "beta v1.0.0", "early-access ", "stable v0.9.0 problem", "rock-solid ", "lts  problem"}
	if diff := cmp.Diff(wantChannels, channels); diff != "" {
		t.Errorf("channels (-want +got):\n%s", diff)
	}
	if !status.Registered || len(status.Problems) != 0 || !cmp.Equal(status.DevTags, []string{"dev"}) {
		t.Errorf("status %+v", status)
	}
}

func TestStatusOfNothing(t *testing.T) {
	r := newRig(t)
	status, err := newPublisher(r).Status(t.Context(), r.Repository("echo"))
	if err != nil {
		t.Fatal(err)
	}
	if status.Registered || len(status.Versions) != 0 || len(status.Problems) != 1 {
		t.Errorf("status of a module that is not there: %+v", status)
	}
}

// refusing answers 403 to reading what is below a path.
func refusing(path string) registrytest.Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if strings.HasPrefix(req.URL.Path, path) {
				registrytest.Refuse(w, http.StatusForbidden, "DENIED")
				return
			}
			next.ServeHTTP(w, req)
		})
	}
}

// TestStatusThatMayNotBeRead is not that of a module without versions.
func TestStatusThatMayNotBeRead(t *testing.T) {
	r := newRig(t)
	r.publish(newPublisher(r), "echo", "v1.0.0")
	for _, path := range []string{"/v2/modules", "/v2/modules/echo"} {
		r.Around(refusing(path))
		repository := r.Repository("echo")
		_, err := newPublisher(r).Status(t.Context(), repository)
		want := "no version of " + repository.String() + " is found, and the login may not list the tags: list the tags of "
		if !errors.Is(err, ErrListRefused) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestStatusWithoutOneList: what cannot be listed is looked for, and said.
func TestStatusWithoutOneList(t *testing.T) {
	r := newRig(t)
	s := newPublisher(r)
	r.publish(s, "echo", "v1.0.0")
	r.mustPromote(s, "v1.0.0", module.Alpha)
	for _, repo := range []string{r.Repository("echo").BundleRepo(), r.Repository("echo").ReleaseRepo()} {
		r.Around(refusing("/v2/" + strings.TrimPrefix(repo, r.Addr+"/") + "/tags/"))
		status, err := newPublisher(r).Status(t.Context(), r.Repository("echo"))
		if err != nil {
			t.Fatal(err)
		}
		if v := status.Versions[0]; v.Bundle == "" || v.Release == "" || len(v.Problems) != 0 {
			t.Errorf("%s: %+v", repo, v)
		}
		if status.Channels[0].Version != "v1.0.0" {
			t.Errorf("%s: %+v", repo, status.Channels[0])
		}
		want := "the login may not see all tags: list the tags of " + repo + ": the registry answered 403"
		if len(status.Problems) != 1 || !strings.HasPrefix(status.Problems[0], want) {
			t.Errorf("%s: problems %q", repo, status.Problems)
		}
	}
}

// TestStatusTellsOfFalseVersions: tags that somebody takes for versions, in the
// bundle repository alone too.
func TestStatusTellsOfFalseVersions(t *testing.T) {
	r := newRig(t)
	s := newPublisher(r)
	r.publish(s, "echo", "v1.0.0")
	for _, tag := range []string{"v12345", "1.2.3", "v1.2.3.4", "pr12"} {
		r.Tag(r.Repository("echo").Bundle(tag), registrytest.Image(t, []registrytest.File{{Name: "a"}}))
	}
	status, err := s.Status(t.Context(), r.Repository("echo"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"the tag 1.2.3 is not a version, but d8 mirror may take it for one: delete it",
		"the tag v12345 is not a version, but clusters may take it for one: delete it",
	}
	if diff := cmp.Diff(want, status.Problems); diff != "" {
		t.Error(diff)
	}
}

func joinChannels(channels []module.Channel) string {
	var names []string
	for _, c := range channels {
		names = append(names, string(c))
	}
	return strings.Join(names, ",")
}
