package publish

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/internal/registrytest"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/prune"
	"github.com/modship/modship/pkg/remote"
)

// fault spoils one request.
type fault struct {
	name string
	done bool // the registry does the request all the same
	kill bool // nothing reaches the registry from then on
	// answer is what the client gets. Response is the registry's when it did
	// the request, else nil.
	answer func(request *http.Request, response *http.Response) (*http.Response, error)
}

var faults = []fault{
	{name: "500", answer: status(http.StatusInternalServerError)},
	{name: "500 after it was done", done: true, answer: status(http.StatusInternalServerError)},
	{name: "429", answer: status(http.StatusTooManyRequests)},
	{name: "reset", answer: reset},
	{name: "reset after it was done", done: true, answer: reset},
	{name: "hang", answer: func(request *http.Request, _ *http.Response) (*http.Response, error) {
		<-request.Context().Done()
		return nil, request.Context().Err()
	}},
	{name: "truncated body", done: true, answer: func(_ *http.Request, response *http.Response) (*http.Response, error) {
		half := io.LimitReader(response.Body, max(response.ContentLength, 0)/2)
		response.Body = io.NopCloser(io.MultiReader(half, iotest.ErrReader(io.ErrUnexpectedEOF)))
		return response, nil
	}},
	{name: "kill", kill: true, answer: reset},
	{name: "kill after it was done", done: true, kill: true, answer: reset},
}

func reset(*http.Request, *http.Response) (*http.Response, error) { return nil, syscall.ECONNRESET }

func status(code int) func(*http.Request, *http.Response) (*http.Response, error) {
	return func(request *http.Request, _ *http.Response) (*http.Response, error) {
		recorder := httptest.NewRecorder()
		recorder.Header().Set("Retry-After", "1")
		registrytest.Refuse(recorder, code, "UNKNOWN")
		response := recorder.Result()
		response.Request = request
		return response, nil
	}
}

// faultTimeout is the time after which the tested session gives a request up.
const faultTimeout = 100 * time.Millisecond

// injector is the way to the registry and applies a fault to the request with
// an index, counted from zero.
type injector struct {
	next  http.RoundTripper
	fault fault
	index int64
	seen  atomic.Int64
	dead  atomic.Bool
}

// RoundTrip implements http.RoundTripper.
func (i *injector) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.URL.Scheme == "https" { // the ping's first try, which is no request here
		return nil, http.ErrSchemeMismatch
	}
	if i.dead.Load() {
		return nil, syscall.ECONNREFUSED
	}
	if i.seen.Add(1)-1 != i.index {
		return i.next.RoundTrip(request)
	}
	if i.fault.kill {
		i.dead.Store(true)
	}
	if !i.fault.done {
		return i.fault.answer(request, nil)
	}
	response, err := i.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	return i.fault.answer(request, response)
}

// scene is a command to be disturbed.
type scene struct {
	name string
	// set prepares the registry and returns the command, to be run in a new
	// session each time.
	set func(r *rig) (run func(context.Context, *Publisher) error)
}

func scenes() []scene {
	return []scene{
		{"first publish", func(r *rig) func(context.Context, *Publisher) error {
			request := r.request("echo", "v1.0.0", r.Build("echo", "v1.0.0", ""))
			request.Channels = []module.Channel{module.Alpha, module.Beta}
			return func(ctx context.Context, s *Publisher) error { return publishRequest(ctx, s, request) }
		}},
		{"next publish", func(r *rig) func(context.Context, *Publisher) error {
			r.publish(newPublisher(r), "echo", "v1.0.0")
			r.mustPromote(newPublisher(r), "v1.0.0", module.Alpha)
			request := r.request("echo", "v1.1.0", r.Build("echo", "v1.1.0", ""))
			request.Channels = []module.Channel{module.Alpha}
			return func(ctx context.Context, s *Publisher) error { return publishRequest(ctx, s, request) }
		}},
		{"promote", func(r *rig) func(context.Context, *Publisher) error {
			r.publish(newPublisher(r), "echo", "v1.0.0")
			r.publish(newPublisher(r), "echo", "v1.1.0")
			r.mustPromote(newPublisher(r), "v1.0.0", module.Alpha, module.Beta)
			request := PromoteRequest{Repository: r.Repository("echo"), Tag: "v1.1.0", Channels: []module.Channel{module.Alpha, module.Beta}}
			return func(ctx context.Context, s *Publisher) error { _, err := promote(ctx, s, request); return err }
		}},
		{"copy", func(r *rig) func(context.Context, *Publisher) error {
			r.rich(newPublisher(r), "v1.0.0", 1)
			target, err := module.NewRepository(r.Addr+"/air/gapped", "echo")
			if err != nil {
				r.T.Fatal(err)
			}
			// ggcr lists both under the fallback tag: the copy has to add to it.
			subject, _, err := newPublisher(r).client.Digest(r.T.Context(), r.Repository("echo").Bundle("v1.0.0"))
			if err != nil {
				r.T.Fatal(err)
			}
			r.refer(r.Repository("echo").BundleRepo(), subject, "application/spdx+json", "sbom")
			r.refer(target.BundleRepo(), subject, "application/vex", "of somebody else")
			request := CopyRequest{From: r.Repository("echo"), Tag: "v1.0.0", To: []module.Repository{target}, Channels: []module.Channel{module.Alpha}}
			return func(ctx context.Context, s *Publisher) error { _, err := copyVersion(ctx, s, request); return err }
		}},
		{"prune", func(r *rig) func(context.Context, *Publisher) error {
			version := r.publish(newPublisher(r), "echo", "v1.0.0")
			r.apply(newPublisher(r), r.request("echo", "feature-x", version))
			r.apply(newPublisher(r), r.request("echo", "feature-y", r.Build("echo", "feature-y", "y")))
			r.Tag(r.Repository("echo").Bundle(strings.Repeat("0", 55)+"1-1000000000000"), registrytest.Image(r.T, []registrytest.File{{Name: "unused"}}))
			request := prune.Request{Repository: r.Repository("echo"), OlderThan: time.Hour, Stages: true}
			return func(ctx context.Context, s *Publisher) error {
				p := prune.New(s.client, prune.NewOptions{Now: s.now})
				plan, err := p.Plan(ctx, request)
				if err != nil {
					return err
				}
				return p.Apply(ctx, plan)
			}
		}},
	}
}

// publishRequest plans and applies, again where something appeared meanwhile.
func publishRequest(ctx context.Context, s *Publisher, request Request) error {
	for {
		plan, err := s.Plan(ctx, request)
		if err != nil {
			return err
		}
		if err := s.Apply(ctx, plan); !errors.Is(err, ErrStale) {
			return err
		}
	}
}

// faultSession reaches the registry through transport, waits for nothing but
// a hanging request, and lives at a fixed time, so that entries of the history
// are the same in every run.
func (r *rig) faultSession(transport http.RoundTripper) *Publisher {
	s := newPublisher(r, func(o *remote.ClientOptions) { o.Timeout, o.Transport = faultTimeout, transport })
	s.now = func() time.Time { return registrytest.MustTime(r.T, "2026-12-22T09:00:00Z") }
	return s
}

// TestFaultMatrix disturbs every request of every command in every way. A
// fault of the moment is survived, and the registry ends as without it. After
// a kill a consumer finds everything consumable, and running the command again
// ends as a run without faults.
func TestFaultMatrix(t *testing.T) {
	var cases, survived, resumed atomic.Int64
	t.Run("scenes", func(t *testing.T) {
		for _, scene := range scenes() {
			t.Run(scene.name, func(t *testing.T) {
				m := newMatrix(t, scene)
				t.Logf("%d requests", m.requests)
				for i, fault := range faults {
					t.Run(fault.name, func(t *testing.T) {
						t.Parallel()
						first, step := thinned(i)
						for index := first; index < m.requests; index += step {
							if m.disturb(t, fault, index) {
								survived.Add(1)
							} else {
								resumed.Add(1)
							}
							cases.Add(1)
						}
					})
				}
			})
		}
	})
	t.Logf("%d cases: %d survived the fault, %d were stopped by it and resumed", cases.Load(), survived.Load(), resumed.Load())
}

// thinned returns which requests the fault of that number disturbs: all of them,
// with -short one in sixteen, beginning elsewhere for each fault.
func thinned(fault int) (first, step int64) {
	if !testing.Short() {
		return 0, 1
	}
	const share = 16
	return int64(fault % share), share
}

// matrix is a scene whose stage is set once and copied for each case.
type matrix struct {
	scene    scene
	stage    registrytest.Content // registry before the command
	run      func(context.Context, *Publisher) error
	requests int64
	want     map[string]string // registry after the command
}

func newMatrix(t *testing.T, scene scene) *matrix {
	m := &matrix{scene: scene}
	m.stage = newContent(t, func(r *rig) { m.run = scene.set(r) })
	r := open(t, m.stage)
	counter := &injector{next: r.Transport, index: -1}
	if err := m.run(t.Context(), r.faultSession(counter)); err != nil {
		t.Fatal(err)
	}
	r.checkConsumable()
	m.requests, m.want = counter.seen.Load(), r.state()
	return m
}

// disturb runs the command with one fault and reports whether it went well all
// the same.
func (m *matrix) disturb(t *testing.T, fault fault, index int64) bool {
	r := open(t, m.stage)
	faulty := &injector{next: r.Transport, fault: fault, index: index}
	err := m.run(t.Context(), r.faultSession(faulty))
	where := fmt.Sprintf("%s, %s at request %d (%v)", m.scene.name, fault.name, index, err)
	if err != nil {
		if !fault.kill {
			t.Errorf("%s: a fault of the moment was not survived", where)
		}
		if !r.checkConsumable() {
			t.Errorf("after %s", where)
		}
		if err := m.run(t.Context(), r.faultSession(r.Transport)); err != nil {
			t.Errorf("%s: running again: %v", where, err)
		}
	}
	if diff := cmp.Diff(m.want, r.state()); diff != "" {
		t.Errorf("%s: state at the end (-want +got):\n%s", where, diff)
	}
	return err == nil
}
