package publish

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/pkg/module"
)

// loginRequests are GET /v2/ and GET /token.
const loginRequests = 2

// TestRequestCounts asserts the figures of docs for a publish as the pipeline
// does it, which knows the built images' manifests from checking the contract on
// them.
func TestRequestCounts(t *testing.T) {
	r := newRig(t)
	b := r.Build("echo", "v0.1.0", "")
	request := r.request("echo", "v0.1.0", b)
	request.Channels = []module.Channel{module.Alpha}

	s := newPublisher(r)
	if err := s.client.Login(t.Context(), Access(request.Repository)); err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{b.Bundle, b.Release} {
		if _, err := s.client.Manifest(t.Context(), ref); err != nil {
			t.Fatal(err)
		}
	}
	r.Log.Take()
	r.apply(s, request)
	checkCount(t, "first publish", r.Log.Take(), 18-loginRequests)

	r.apply(newPublisher(r), request)
	checkCount(t, "publish with nothing changed", r.Log.Take(), 6)

	second := r.Build("echo", "v0.1.1", "")
	s = newPublisher(r)
	r.Log.Take()
	r.apply(s, r.request("echo", "v0.1.1", second))
	checkCount(t, "next version from a cold session, with its claim", r.Log.Take(), 15)
}

func TestPromoteCount(t *testing.T) {
	r := newRig(t)
	r.publish(newPublisher(r), "echo", "v0.1.0")
	repository := r.Repository("echo")
	for _, test := range []struct {
		name    string
		channel module.Channel
		warm    bool // logged in already
		limit   int
	}{
		{"promote", module.Alpha, true, 8},
		{"promote to the channel above", module.Beta, true, 8},
		{"promote and log in", module.LTS, false, 8 + loginRequests},
	} {
		s := newPublisher(r)
		if test.warm {
			if err := s.client.Login(t.Context(), Access(repository)); err != nil {
				t.Fatal(err)
			}
		}
		r.Log.Take()
		if _, err := promote(t.Context(), s, PromoteRequest{Repository: repository, Tag: "v0.1.0", Channels: []module.Channel{test.channel}}); err != nil {
			t.Fatal(err)
		}
		checkCount(t, test.name, r.Log.Take(), test.limit)
	}

	// A channel that is on another version is read for the rules: its manifest,
	// its version.json, and the list of bundles, which has the versions on the way.
	r.publish(newPublisher(r), "echo", "v0.2.0")
	for _, test := range []struct {
		name    string
		channel module.Channel
		limit   int
	}{
		{"move a channel", module.Alpha, 8 + 3},
		{"put a channel on its first version of several", module.EarlyAccess, 8},
	} {
		s := newPublisher(r)
		if err := s.client.Login(t.Context(), Access(repository)); err != nil {
			t.Fatal(err)
		}
		r.Log.Take()
		if _, err := promote(t.Context(), s, PromoteRequest{Repository: repository, Tag: "v0.2.0", Channels: []module.Channel{test.channel}, SkipLadder: true}); err != nil {
			t.Fatal(err)
		}
		checkCount(t, test.name, r.Log.Take(), test.limit)
	}
}

func checkCount(t *testing.T, what string, lines []string, limit int) {
	t.Helper()
	t.Logf("%s: %d requests, at most %d", what, len(lines), limit)
	if len(lines) > limit {
		t.Errorf("%s takes %d requests, want at most %d:\n%s", what, len(lines), limit, strings.Join(lines, "\n"))
	}
}

// TestPlannedWritesAreTheWritesDone compares the plan with the manifests that
// reach the registry.
func TestPlannedWritesAreTheWritesDone(t *testing.T) {
	r := newRig(t)
	b := r.Build("echo", "v0.1.0", "")
	request := r.request("echo", "v0.1.0", b)
	request.Channels = []module.Channel{module.Beta, module.Alpha}
	r.Log.Take()
	plan := r.apply(newPublisher(r), request)

	var planned, done []string
	for _, write := range plan.Writes {
		if write.Action == Create || write.Action == Move {
			planned = append(planned, strings.TrimPrefix(write.Ref, r.Addr+"/"))
		}
	}
	for _, line := range r.Log.Take() {
		fields := strings.Fields(line)
		if repo, tag, ok := strings.Cut(strings.TrimPrefix(fields[1], "/v2/"), "/manifests/"); ok && fields[0] == "PUT" && !isEntry(tag) {
			done = append(done, repo+":"+tag)
		}
	}
	want := []string{
		"modules/echo/release:v0.1.0", "modules/echo:v0.1.0", "modules:echo",
		"modules/echo/release:alpha", "modules/echo/release:beta",
	}
	if diff := cmp.Diff(want, planned); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	// The registration goes beside the channels, all others are in order.
	without := func(refs []string) []string {
		return slices.DeleteFunc(slices.Clone(refs), func(ref string) bool { return ref == "modules:echo" })
	}
	if diff := cmp.Diff(without(planned), without(done)); diff != "" {
		t.Errorf("writes done, in order (-planned +done):\n%s", diff)
	}
	if at := slices.Index(done, "modules:echo"); at < slices.Index(done, "modules/echo:v0.1.0") {
		t.Errorf("the registration is not written after the bundle: %v", done)
	}
	if slices.ContainsFunc(plan.Writes, func(w Write) bool { return w.Desired == "" || w.Current != "" }) {
		t.Errorf("first publish has present or unknown digests: %+v", plan.Writes)
	}
}
