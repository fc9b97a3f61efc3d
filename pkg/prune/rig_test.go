package prune

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/modship/modship/internal/registrytest"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/publish"
	"github.com/modship/modship/pkg/remote"
)

// rig is a registry with the verbs that prepare what is pruned.
type rig struct {
	*registrytest.Registry
	publisher *publish.Publisher
}

func newRig(t testing.TB) *rig {
	t.Helper()
	r := &rig{Registry: registrytest.New(t)}
	r.publisher = publish.New(r.client(), publish.NewOptions{})
	return r
}

func (r *rig) client() *remote.Client {
	client := remote.NewClient(remote.ClientOptions{
		Username: registrytest.TestUser, Password: registrytest.TestPassword, Host: r.Addr,
		DockerConfig: r.T.TempDir(), Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	})
	r.T.Cleanup(client.Close)
	return client
}

func newPruner(r *rig) *Pruner { return New(r.client(), NewOptions{}) }

// prune plans and applies.
func prune(t *testing.T, p *Pruner, request Request) (*Plan, error) {
	t.Helper()
	plan, err := p.Plan(t.Context(), request)
	if err != nil {
		return nil, err
	}
	return plan, p.Apply(t.Context(), plan)
}

func (r *rig) request(name, tag string, b registrytest.Built) publish.Request {
	return publish.Request{Repository: r.Repository(name), Tag: tag, Bundle: b.Bundle, Release: b.Release}
}

func (r *rig) publish(name, tag string) {
	r.T.Helper()
	r.apply(r.request(name, tag, r.Build(name, tag, "")))
}

func (r *rig) apply(request publish.Request) {
	r.T.Helper()
	plan, err := r.publisher.Plan(r.T.Context(), request)
	if err == nil {
		err = r.publisher.Apply(r.T.Context(), plan)
	}
	if err != nil {
		r.T.Fatal(err)
	}
}

func (r *rig) promote(tag string, channels ...module.Channel) {
	r.T.Helper()
	request := publish.PromoteRequest{Repository: r.Repository("echo"), Tag: tag, Channels: channels}
	plan, err := r.publisher.PlanPromote(r.T.Context(), request)
	if err == nil {
		err = r.publisher.Apply(r.T.Context(), plan)
	}
	if err != nil {
		r.T.Fatal(err)
	}
}

// state is where the tags of the module are.
func (r *rig) state() map[string]string {
	r.T.Helper()
	repository, client, state := r.Repository("echo"), r.client(), map[string]string{}
	for _, repo := range []string{repository.BundleRepo(), repository.ReleaseRepo()} {
		tags, err := client.AllTags(r.T.Context(), repo)
		if err != nil {
			r.T.Fatal(err)
		}
		for _, tag := range tags {
			digest, _, err := client.Digest(r.T.Context(), repo+":"+tag)
			if err != nil {
				r.T.Fatal(err)
			}
			state[repo+":"+tag] = digest
		}
	}
	return state
}

// changedLists lets change answer requests for lists of tags.
func changedLists(change func(w http.ResponseWriter, r *http.Request, next http.Handler)) registrytest.Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/tags/list") {
				change(w, r, next)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}
