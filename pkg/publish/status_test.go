package publish

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/pkg/module"
)

func TestStatus(t *testing.T) {
	r := newRig(t)
	s := newSession(r)
	repository := r.repository("echo")
	r.publish(s, "echo", "v1.0.0")
	both := r.publish(s, "echo", "v1.10.0")
	r.publish(s, "echo", "v1.9.0")
	r.apply(s, r.request("echo", "dev", both))
	r.mustPromote(s, "v1.0.0", module.Alpha, module.Beta)
	// What other tools leave behind.
	r.tag(repository.Bundle("v2.0.0"), image(t, []file{{name: "a"}}))
	r.tag(repository.Release("v3.0.0"), image(t, []file{{name: "version.json", content: `{"version":"v3.0.0"}`}}))
	r.tag(repository.Channel(module.Stable), image(t, []file{{name: "version.json", content: `{"version":"v0.9.0"}`}}))
	r.tag(repository.Channel(module.LTS), image(t, []file{{name: "nothing"}}))

	status, err := newSession(r).Status(t.Context(), repository)
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
	status, err := newSession(r).Status(t.Context(), r.repository("echo"))
	if err != nil {
		t.Fatal(err)
	}
	if status.Registered || len(status.Versions) != 0 || len(status.Problems) != 1 {
		t.Errorf("status of a module that is not there: %+v", status)
	}
}

// refusing answers 403 to reading what is below a path.
func refusing(path string) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if strings.HasPrefix(req.URL.Path, path) {
				refuse(w, http.StatusForbidden, "DENIED")
				return
			}
			next.ServeHTTP(w, req)
		})
	}
}

// TestStatusThatMayNotBeRead is not that of a module without versions.
func TestStatusThatMayNotBeRead(t *testing.T) {
	r := newRig(t)
	r.publish(newSession(r), "echo", "v1.0.0")
	for _, path := range []string{"/v2/modules", "/v2/modules/echo"} {
		r.around(refusing(path))
		repository := r.repository("echo")
		_, err := newSession(r).Status(t.Context(), repository)
		want := "no version of " + repository.String() + " is found, and the login may not list the tags: list the tags of "
		if exit.CodeOf(err) != exit.Refused || !strings.HasPrefix(err.Error(), want) || !strings.Contains(exit.HintOf(err), "use a login that may read") {
			t.Errorf("%s: %v, hint %q", path, err, exit.HintOf(err))
		}
		_, err = newSession(r).PlanPrune(t.Context(), PruneRequest{Repository: repository, Pattern: "pr*"})
		if exit.CodeOf(err) != exit.Refused || !strings.HasPrefix(err.Error(), "list the tags of "+repository.BundleRepo()+": the registry answered 403") {
			t.Errorf("prune, %s: %v", path, err)
		}
	}
}

// TestStatusWithoutOneList: what cannot be listed is looked for, and said.
func TestStatusWithoutOneList(t *testing.T) {
	r := newRig(t)
	s := newSession(r)
	r.publish(s, "echo", "v1.0.0")
	r.mustPromote(s, "v1.0.0", module.Alpha)
	for _, repo := range []string{r.repository("echo").BundleRepo(), r.repository("echo").ReleaseRepo()} {
		r.around(refusing("/v2/" + strings.TrimPrefix(repo, r.addr+"/") + "/tags/"))
		status, err := newSession(r).Status(t.Context(), r.repository("echo"))
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
	s := newSession(r)
	r.publish(s, "echo", "v1.0.0")
	for _, tag := range []string{"v12345", "1.2.3", "v1.2.3.4", "pr12"} {
		r.tag(r.repository("echo").Bundle(tag), image(t, []file{{name: "a"}}))
	}
	status, err := s.Status(t.Context(), r.repository("echo"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"the tag 1.2.3 is no version, but d8 mirror may take it for one: modship prune --pattern 1.2.3 deletes it",
		"the tag v12345 is no version, but clusters may take it for one: modship prune --pattern v12345 deletes it",
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
