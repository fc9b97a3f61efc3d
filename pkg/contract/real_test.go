package contract

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	ggcr "github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/modship/modship/internal/localregistry"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/publish"
	"github.com/modship/modship/pkg/remote"
)

var _ BundleReader = (*remote.Client)(nil)

// TestFixturesOnRegistry runs one fixture of each rule once more, in one of its
// scopes, with the registry's own software and the session that publish reads
// with. Of rule 30 it runs all, because the session tells platforms apart.
func TestFixturesOnRegistry(t *testing.T) {
	server := startRegistry(t)
	done := map[RuleID]bool{}
	for n, f := range fixtures() {
		i := slices.IndexFunc(f.scopes, func(s Scope) bool { return s != ScopeRepository })
		if i < 0 || done[f.rule] && f.rule != RulePlatform {
			continue
		}
		done[f.rule] = true
		scope := f.scopes[i]
		t.Run(f.what+"/"+string(scope), func(t *testing.T) {
			w := namedWorld(scope, f.name)
			if f.content != nil {
				f.content(w.subject)
			}
			images := w.build(scope)
			w.rename()
			if f.after != nil {
				f.after(w, scope)
			}
			w.reader = server.serve(t, w.reg, fmt.Sprint(n))
			found := w.check(t, scope, images)
			if got := rulesOf(found); !slices.Equal(got, []RuleID{f.rule}) {
				t.Errorf("violated rules %v, want only %d: %v", got, f.rule, found)
			}
		})
	}
}

// TestBaseOnRegistry checks that the base violates nothing there.
func TestBaseOnRegistry(t *testing.T) {
	server := startRegistry(t)
	for _, scope := range []Scope{ScopeImages, ScopePublished, ScopeChannel, ScopeModule, ScopePromotion} {
		w := newWorld(scope)
		images := w.build(scope)
		w.reader = server.serve(t, w.reg, string(scope))
		if found := w.check(t, scope, images); len(found) > 0 {
			t.Errorf("%s: %v", scope, found)
		}
	}
}

// TestPlanKeepsOrder checks rule 42 on the plan of publish itself.
func TestPlanKeepsOrder(t *testing.T) {
	w := newWorld(ScopeImages)
	images := w.build(ScopeImages)
	session := startRegistry(t).serve(t, w.reg, "plan")
	plan, err := publish.New(session, publish.NewOptions{}).Plan(context.Background(), publish.Request{
		Repository: echo, Tag: newTag, Bundle: images.Bundle, Release: images.Release,
		Channels: []module.Channel{module.Alpha},
	})
	if err != nil {
		t.Fatal(err)
	}
	var refs []string
	for _, write := range plan.Writes {
		refs = append(refs, write.Ref)
	}
	want := []string{echo.Release(newTag), echo.Bundle(newTag), echo.Registration(), echo.Channel(module.Alpha)}
	if diff := cmp.Diff(want, refs); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
}

// realRegistry is a registry on loopback that several worlds share.
type realRegistry struct {
	addr string
	next *http.Transport
}

func startRegistry(t *testing.T) realRegistry {
	t.Helper()
	server, err := localregistry.Serve(context.Background(), localregistry.Options{Addr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := server.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return realRegistry{server.Addr(), transport}
}

// redirect sends every request to one server, whatever its host, and into the
// repositories of one world.
type redirect struct {
	realRegistry
	world string
}

func (r redirect) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.URL.Scheme, req.URL.Host = "http", r.addr
	if rest, ok := strings.CutPrefix(req.URL.Path, "/v2/modules/"); ok {
		req.URL.Path = "/v2/" + r.world + "/modules/" + rest
	}
	return r.next.RoundTrip(req)
}

// serve pushes everything of the fake into the registry and returns a session
// with it.
func (r realRegistry) serve(t *testing.T, fake *fakeRegistry, world string) *remote.Client {
	t.Helper()
	to := redirect{r, "w" + world}
	for repo, images := range fake.images {
		for digest, img := range images {
			pushReal(t, repo+"@"+digest, img, to)
		}
	}
	for repo, tags := range fake.tags {
		for tag, digest := range tags {
			ref, err := name.NewTag(repo+":"+tag, name.Insecure)
			if err != nil {
				t.Fatal(err)
			}
			img, ok := fake.images[repo][digest]
			if !ok {
				continue // a tag whose manifest is gone
			}
			if err := ggcr.Put(ref, img.built, ggcr.WithTransport(to), ggcr.WithAuth(authn.Anonymous)); err != nil {
				t.Fatal(err)
			}
		}
	}
	session := remote.NewClient(remote.ClientOptions{Insecure: true, Transport: to, DockerConfig: t.TempDir()})
	t.Cleanup(session.Close)
	return session
}

func pushReal(t *testing.T, ref string, img fakeImage, to redirect) {
	t.Helper()
	target, err := name.NewDigest(ref, name.Insecure)
	if err != nil {
		t.Fatal(err)
	}
	opts := []ggcr.Option{ggcr.WithTransport(to), ggcr.WithAuth(authn.Anonymous)}
	switch built := img.built.(type) {
	case v1.Image:
		err = ggcr.Write(target, built, opts...)
	case v1.ImageIndex:
		err = ggcr.WriteIndex(target, built, opts...)
	}
	if err != nil {
		t.Fatal(err)
	}
}
