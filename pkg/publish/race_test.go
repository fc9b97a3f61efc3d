package publish

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modship/modship/internal/registrytest"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/remote"
)

// turns lets the requests of several actors through in the order that a seed
// gives: a few of one, then a few of another. An actor's requests that belong
// to one moment keep their own order.
type turns struct {
	mu     sync.Mutex
	cond   *sync.Cond
	random *rand.Rand
	alive  map[string]bool
	turn   string
	left   int // requests of the present turn
}

func newTurns(seed uint64, actors ...string) *turns {
	t := &turns{random: rand.New(rand.NewPCG(seed, 0)), alive: map[string]bool{}}
	t.cond = sync.NewCond(&t.mu)
	for _, actor := range actors {
		t.alive[actor] = true
	}
	t.next()
	return t
}

// next gives the turn to an actor that is still running.
func (t *turns) next() {
	names := slices.Sorted(maps.Keys(t.alive))
	if len(names) == 0 {
		return
	}
	t.turn, t.left = names[t.random.IntN(len(names))], 1+t.random.IntN(12)
	t.cond.Broadcast()
}

// leave is called when an actor is done.
func (t *turns) leave(actor string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.alive, actor)
	if t.turn == actor {
		t.next()
	}
}

// turn is an actor's way to the registry.
type turn struct {
	next  http.RoundTripper
	turns *turns
	actor string
}

// RoundTrip implements http.RoundTripper.
func (t turn) RoundTrip(request *http.Request) (*http.Response, error) {
	t.turns.mu.Lock()
	defer t.turns.mu.Unlock() // one request at a time
	for t.turns.turn != t.actor {
		t.turns.cond.Wait()
	}
	if t.turns.left--; t.turns.left == 0 {
		t.turns.next()
	}
	return t.next.RoundTrip(request)
}

// actor is a concurrent publish or promotion.
type actor struct {
	name string
	plan func(ctx context.Context, s *Publisher) (*Plan, error)
}

func publisher(name string, request Request) actor {
	return actor{name, func(ctx context.Context, s *Publisher) (*Plan, error) { return s.Plan(ctx, request) }}
}

func promoter(name string, request PromoteRequest) actor {
	return actor{name, func(ctx context.Context, s *Publisher) (*Plan, error) { return s.PlanPromote(ctx, request) }}
}

// outcome is what an actor did.
type outcome struct {
	plan *Plan
	err  error
}

// race runs the actors at the same time, their requests in a random order.
func (r *rig) race(seed uint64, actors ...actor) []outcome {
	names := make([]string, len(actors))
	for i, a := range actors {
		names[i] = a.name
	}
	order := newTurns(seed, names...)
	outcomes := make([]outcome, len(actors))
	var group sync.WaitGroup
	for i, a := range actors {
		s := newPublisher(r, func(o *remote.ClientOptions) {
			o.Transport, o.Timeout = turn{r.Transport, order, a.name}, 1e12
		})
		s.actor = a.name
		group.Go(func() {
			defer order.leave(a.name)
			ctx := context.WithoutCancel(r.T.Context())
			plan, err := a.plan(ctx, s)
			for err == nil {
				if err = s.Apply(ctx, plan); !errors.Is(err, ErrStale) {
					break
				}
				plan, err = a.plan(ctx, s)
			}
			outcomes[i] = outcome{plan, err}
		})
	}
	group.Wait()
	for i, o := range outcomes {
		if o.err != nil && !isViolation(o.err) {
			r.T.Errorf("seed %d: %s: %v", seed, actors[i].name, o.err)
		}
	}
	return outcomes
}

// schedules returns how many orders of requests are tried for each race.
func schedules() uint64 {
	if testing.Short() {
		return 6
	}
	return 60
}

// tally counts how races ended.
type tally struct{ one, none, both, told int }

func (t *tally) add(outcomes []outcome) {
	succeeded := 0
	for _, o := range outcomes {
		if o.err == nil {
			succeeded++
		}
		if errors.Is(o.err, remote.ErrConflict) {
			t.told++
		}
	}
	switch succeeded {
	case 0:
		t.none++
	case 1:
		t.one++
	default:
		t.both++
	}
}

func (t *tally) String() string {
	return fmt.Sprintf("one won %d times, none %d, both in turn %d; %d were told of the other", t.one, t.none, t.both, t.told)
}

// TestTwoPublishersOfOneVersion publishes different content under one version:
// for a new module, for a module with a version, and on channels.
func TestTwoPublishersOfOneVersion(t *testing.T) {
	for name, tc := range map[string]struct {
		tag  string
		set  func(*rig)
		only []module.Channel
		same bool // the release image
	}{
		"new module, one release image": {"v1.0.0", func(*rig) {}, []module.Channel{module.Alpha}, true},
		"new module":                    {"v1.0.0", func(*rig) {}, []module.Channel{module.Alpha}, false},
		"next version":                  {"v1.1.0", func(r *rig) { r.publish(newPublisher(r), "echo", "v1.0.0") }, nil, false},
		"next version on channels": {"v1.1.0", func(r *rig) {
			r.publish(newPublisher(r), "echo", "v1.0.0")
			r.mustPromote(newPublisher(r), "v1.0.0", module.Alpha)
		}, []module.Channel{module.Alpha, module.Beta}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scene := newContent(t, tc.set)
			var sum tally
			for seed := range schedules() {
				r := open(t, scene)
				requests := make([]Request, 2)
				for i, salt := range []string{"first", "second"} {
					requests[i] = r.request("echo", tc.tag, r.Build("echo", tc.tag, salt))
					requests[i].Channels = tc.only
				}
				if tc.same { // the builds differ in the bundle only
					requests[1].Release = requests[0].Release
				}
				outcomes := r.race(seed, publisher("first", requests[0]), publisher("second", requests[1]))
				sum.add(outcomes)
				r.checkConsumable()
				release, _, _ := newPublisher(r).client.Digest(t.Context(), requests[0].Repository.Release(tc.tag))
				bundle, _, _ := newPublisher(r).client.Digest(t.Context(), requests[0].Repository.Bundle(tc.tag))
				for i, o := range outcomes {
					whole := strings.HasSuffix(requests[i].Release, "@"+release) && strings.HasSuffix(requests[i].Bundle, "@"+bundle)
					if (o.err == nil) != whole {
						t.Errorf("seed %d: %v for the one whose version is published: %v", seed, o.err, whole)
					}
				}
			}
			t.Log(&sum)
			if sum.both > 0 || sum.one == 0 || sum.told == 0 {
				t.Errorf("%s, want one winner at most, and losers that were told", &sum)
			}
		})
	}
}

// TestTwoOnOneChannel puts a channel on two versions at the same time. When both
// get through, the last one has to have known of the other: its plan was made
// from what that one left.
func TestTwoOnOneChannel(t *testing.T) {
	versions := func(r *rig, tags ...string) {
		for _, tag := range tags {
			r.publish(newPublisher(r), "echo", tag)
		}
	}
	promote := func(r *rig, tag string) actor {
		return promoter(tag, PromoteRequest{Repository: r.Repository("echo"), Tag: tag, Channels: []module.Channel{module.Alpha}, AllowDowngrade: true})
	}
	publish := func(r *rig, tag string) actor {
		request := r.request("echo", tag, r.Build("echo", tag, ""))
		request.Channels, request.AllowDowngrade = []module.Channel{module.Alpha}, true
		return publisher(tag, request)
	}
	for name, tc := range map[string]struct {
		set    func(*rig)
		actors func(*rig) []actor
	}{
		"promotions, a channel that is on another version": {
			func(r *rig) {
				versions(r, "v1.0.0", "v1.1.0", "v1.2.0")
				r.mustPromote(newPublisher(r), "v1.0.0", module.Alpha)
			},
			func(r *rig) []actor { return []actor{promote(r, "v1.1.0"), promote(r, "v1.2.0")} },
		},
		"promotions, a channel that is on nothing": {
			func(r *rig) { versions(r, "v1.1.0", "v1.2.0") },
			func(r *rig) []actor { return []actor{promote(r, "v1.1.0"), promote(r, "v1.2.0")} },
		},
		"promotion and publication, a channel that is on another version": {
			func(r *rig) { versions(r, "v1.0.0", "v1.1.0"); r.mustPromote(newPublisher(r), "v1.0.0", module.Alpha) },
			func(r *rig) []actor { return []actor{promote(r, "v1.1.0"), publish(r, "v1.2.0")} },
		},
		"promotion and publication, a channel that is on nothing": {
			func(r *rig) { versions(r, "v1.0.0", "v1.1.0") },
			func(r *rig) []actor { return []actor{promote(r, "v1.1.0"), publish(r, "v1.2.0")} },
		},
		"publications of a new module": {
			func(*rig) {},
			func(r *rig) []actor { return []actor{publish(r, "v1.1.0"), publish(r, "v1.2.0")} },
		},
		"promotion of the only version and publication of the second": {
			func(r *rig) { versions(r, "v1.0.0") },
			func(r *rig) []actor { return []actor{promote(r, "v1.0.0"), publish(r, "v1.1.0")} },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scene := newContent(t, tc.set)
			var sum tally
			overwritten := 0
			for seed := range schedules() {
				r := open(t, scene)
				outcomes := r.race(seed, tc.actors(r)...)
				sum.add(outcomes)
				r.checkConsumable()
				on, _, err := newPublisher(r).client.Digest(t.Context(), r.Repository("echo").Channel(module.Alpha))
				if err != nil {
					t.Fatal(err)
				}
				var winner, loser *step
				for _, o := range outcomes {
					if o.plan == nil || o.err != nil {
						continue
					}
					if placed := o.plan.find(channelTag); placed.Desired == on {
						winner = placed
					} else {
						loser = placed
					}
				}
				switch {
				case loser != nil && winner == nil && !errors.Is(outcomes[0].err, remote.ErrConflict) && !errors.Is(outcomes[1].err, remote.ErrConflict):
					t.Errorf("seed %d: one succeeded and is overwritten by another one that is not told: %v, %v", seed, outcomes[0].err, outcomes[1].err)
				case loser != nil && winner == nil:
					overwritten++
				case loser != nil && winner.Current != loser.Desired:
					t.Errorf("seed %d: both succeeded, and the last one knew of %s only", seed, winner.Current)
				}
			}
			t.Logf("%s; of these %d after they had overwritten it", &sum, overwritten)
			if sum.told == 0 {
				t.Errorf("%s: the schedules never met", &sum)
			}
		})
	}
}

// TestLosersStandInNobodysWay: after a race in which both were told, each can
// publish at once, and the history does not tell what was never done.
func TestLosersStandInNobodysWay(t *testing.T) {
	r := newRig(t)
	s := newPublisher(r)
	r.publish(s, "echo", "v1.0.0")
	r.mustPromote(s, "v1.0.0", module.Alpha)
	first := r.request("echo", "v1.1.0", r.Build("echo", "v1.1.0", "first"))
	second := r.request("echo", "v1.1.0", r.Build("echo", "v1.1.0", "second"))
	rival := newClaimTag(Publication{Version: "v1.1.0", Time: time.Now(), release: digestIn(second.Release), bundle: digestIn(second.Bundle), Actor: "other"})
	r.Tag(r.Repository("echo").Release(rival), registrytest.Image(t, []registrytest.File{{Name: "x"}}))
	if err := s.Apply(t.Context(), r.plan(s, first)); !errors.Is(err, remote.ErrConflict) || !strings.Contains(err.Error(), "other") {
		t.Fatalf("%v, want to be told of the other one", err)
	}
	if err := s.Apply(t.Context(), r.plan(newPublisher(r), second)); err != nil {
		t.Errorf("the other one is in the way of who was told: %v", err)
	}

	r.publish(s, "echo", "v1.2.0")
	plan, err := s.PlanPromote(t.Context(), PromoteRequest{Repository: r.Repository("echo"), Tag: "v1.2.0", Channels: []module.Channel{module.Alpha}})
	if err != nil {
		t.Fatal(err)
	}
	r.mustPromote(newPublisher(r), "v1.1.0", module.Alpha)
	if err := s.Apply(t.Context(), plan); !errors.Is(err, remote.ErrConflict) {
		t.Errorf("%v, want to be told of the other move", err)
	}
	history, err := s.History(t.Context(), r.Repository("echo"))
	if err != nil || len(history.Moves) != 2 || history.Moves[1].To != "v1.1.0" {
		t.Errorf("history %+v, %v, want the moves that were made", history.Moves, err)
	}
}

func digestIn(ref string) string { return ref[strings.Index(ref, "@")+1:] }
