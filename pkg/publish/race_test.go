package publish

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/modship/modship/pkg/exit"
	"github.com/modship/modship/pkg/module"
)

// gate is a way to the registry on which requests can be held: those for which
// hold returns true wait until it is opened.
type gate struct {
	next   http.RoundTripper
	hold   func(*http.Request) bool
	open   chan struct{}
	atGate chan struct{} // closed when the first one waits
	once   sync.Once
}

func newGate(next http.RoundTripper, hold func(*http.Request) bool) *gate {
	return &gate{next: next, hold: hold, open: make(chan struct{}), atGate: make(chan struct{})}
}

// RoundTrip implements http.RoundTripper.
func (g *gate) RoundTrip(request *http.Request) (*http.Response, error) {
	if g.hold(request) {
		g.once.Do(func() { close(g.atGate) })
		<-g.open
	}
	return g.next.RoundTrip(request)
}

func puts(tag string) func(*http.Request) bool {
	return func(r *http.Request) bool {
		return r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/manifests/"+tag)
	}
}

// TestTwoPublishersOfOneVersion lets one publisher wait at every one of its
// writes while the other one does all of its own. Both planned when nothing
// was there.
func TestTwoPublishersOfOneVersion(t *testing.T) {
	scene := newStage(t, func(r *rig) { r.publish(r.session(), "echo", "v1.0.0") })
	for _, at := range []string{"release", "bundle"} {
		r := scene.open(t)
		first := r.request("echo", "v1.1.0", r.build("echo", "v1.1.0", "first"))
		second := r.request("echo", "v1.1.0", r.build("echo", "v1.1.0", "second"))
		held := newGate(r.wire, func(request *http.Request) bool {
			return puts("v1.1.0")(request) && strings.Contains(request.URL.Path, "/release/") == (at == "release")
		})
		slow, fast := r.faultSession(held), r.faultSession(r.wire)
		slow.wire.timeout, fast.wire.timeout = 1e12, 1e12 // held, not hanging

		slowPlan, fastPlan := r.plan(slow, first), r.plan(fast, second)
		result := make(chan error)
		go func() { result <- slow.Apply(context.WithoutCancel(t.Context()), slowPlan) }()
		<-held.atGate
		fastErr := fast.Apply(t.Context(), fastPlan)
		close(held.open)
		slowErr := <-result

		release, _, _ := fast.Digest(t.Context(), first.Repository.Release("v1.1.0"))
		bundle, _, _ := fast.Digest(t.Context(), first.Repository.Bundle("v1.1.0"))
		ofFirst := strings.HasSuffix(first.Release, release) && strings.HasSuffix(first.Bundle, bundle)
		ofSecond := strings.HasSuffix(second.Release, release) && strings.HasSuffix(second.Bundle, bundle)
		told := errors.Is(slowErr, errRace) || errors.Is(fastErr, errRace)
		if !told {
			t.Errorf("held at the %s: nobody is told (%v, %v)", at, slowErr, fastErr)
		}
		if !ofFirst && !ofSecond {
			t.Errorf("held at the %s: release and bundle are of different builds", at)
		}
		for _, err := range []error{slowErr, fastErr} {
			if err != nil && exit.CodeOf(err) != exit.Violated {
				t.Errorf("held at the %s: %v with code %d", at, err, exit.CodeOf(err))
			}
		}
	}
}

// TestTwoPromotions holds one promotion at every one of its writes while the
// other one is done.
func TestTwoPromotions(t *testing.T) {
	scene := newStage(t, func(r *rig) {
		for _, tag := range []string{"v1.0.0", "v1.1.0", "v1.2.0"} {
			r.publish(r.session(), "echo", tag)
		}
		r.mustPromote(r.session(), "v1.0.0", module.Alpha)
		r.mustPromote(r.session(), "v1.1.0", module.LTS)
	})
	for name, hold := range map[string]func(*http.Request) bool{
		"history": func(r *http.Request) bool {
			return r.Method == http.MethodPut && strings.Contains(r.URL.Path, movePrefix)
		},
		"channel": puts("alpha"),
	} {
		for _, tags := range [][2]string{{"v1.1.0", "v1.2.0"}, {"v1.2.0", "v1.1.0"}} {
			r := scene.open(t)
			held := newGate(r.wire, hold)
			slow, fast := r.faultSession(held), r.faultSession(r.wire)
			slow.wire.timeout = 1e12
			result := make(chan error)
			go func() {
				_, err := slow.Promote(context.WithoutCancel(t.Context()), PromoteRequest{
					Repository: r.repository("echo"), Tag: tags[0], Channels: []module.Channel{module.Alpha}})
				result <- err
			}()
			<-held.atGate
			fastErr := r.promote(fast, tags[1], module.Alpha)
			close(held.open)
			slowErr := <-result
			if !errors.Is(slowErr, errRace) && !errors.Is(fastErr, errRace) {
				t.Errorf("%s held at the %s while %s was promoted: nobody is told (%v, %v)", tags[0], name, tags[1], slowErr, fastErr)
			}
			moves, err := fast.History(t.Context(), r.repository("echo"))
			if err != nil || len(moves) != 2 {
				t.Errorf("history has %d moves, %v, want both", len(moves), err)
			}
		}
	}
}
