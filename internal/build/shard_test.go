package build

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/werf/lockgate"

	"github.com/modship/modship/pkg/schedule"
)

// lockService is the lock service of machines that share its map.
type lockService struct {
	held map[string]string // by lock: the machine
	me   string
}

func (s lockService) Acquire(name string, opts lockgate.AcquireOptions) (bool, lockgate.LockHandle, error) {
	if !opts.NonBlocking {
		return false, lockgate.LockHandle{}, errors.New("a machine must not block on the lock of another")
	}
	if by, held := s.held[name]; held && by != s.me {
		return false, lockgate.LockHandle{}, nil
	}
	s.held[name] = s.me
	return true, lockgate.LockHandle{LockName: name}, nil
}

func (s lockService) Release(lock lockgate.LockHandle) error {
	delete(s.held, lock.LockName)
	return nil
}

func newTestShare(held map[string]string, me string, own map[string]bool) *share {
	return &share{locker: lockService{held, me}, own: own, built: map[string]bool{}, waits: map[string]*wait{}}
}

// ask takes a unit until it gets it, and returns how long that took.
func ask(t *testing.T, s *share, id string, isBuilt func() bool) (func(), time.Duration, error) {
	t.Helper()
	start := time.Now()
	for {
		release, err := s.take(context.Background(), unit{id: id, name: id}, func() (bool, error) { return isBuilt(), nil })
		var later *schedule.Later
		if !errors.As(err, &later) {
			return release, time.Since(start), err
		}
		time.Sleep(later.After)
	}
}

func never() bool { return false }

func TestTakeOwn(t *testing.T) {
	for name, own := range map[string]map[string]bool{"auto": nil, "part": {"a": true}} {
		synctest.Test(t, func(t *testing.T) {
			held := map[string]string{}
			release, waited, err := ask(t, newTestShare(held, "me", own), "a", never)
			if err != nil || waited != 0 || len(held) != 1 {
				t.Fatalf("%s: %v, waited %s, %d locks", name, err, waited, len(held))
			}
			if release(); len(held) != 0 {
				t.Errorf("%s: the lock is still held", name)
			}
		})
	}
}

// TestTakeOfAnother: an image that another machine holds is waited for, and
// taken when it lets go of it: built, or left behind by a machine that died.
func TestTakeOfAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		held := map[string]string{}
		s := newTestShare(held, "me", nil)
		held[s.lockName("a")] = "other"
		time.AfterFunc(time.Minute, func() { delete(held, s.lockName("a")) })
		_, waited, err := ask(t, s, "a", never)
		if err != nil || waited < time.Minute || waited > time.Minute+mostPause || !s.waited("a") {
			t.Errorf("%v, waited %s for a machine that takes a minute", err, waited)
		}
	})
}

// TestTakeOver: an image of another part is left to its machine for a while,
// and taken when that does not begin it.
func TestTakeOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTestShare(map[string]string{}, "me", map[string]bool{})
		_, waited, err := ask(t, s, "a", never)
		if err != nil || waited < takeOverAfter || waited > takeOverAfter+mostPause {
			t.Errorf("%v, waited %s for a machine that does nothing", err, waited)
		}
	})
}

// TestTakeBuilt: what the repository has is not waited for.
func TestTakeBuilt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTestShare(map[string]string{}, "me", map[string]bool{})
		start := time.Now()
		_, waited, err := ask(t, s, "a", func() bool { return time.Since(start) > 2*time.Second })
		if err != nil || waited > 2*time.Second+mostPause {
			t.Errorf("%v, waited %s for an image that is there after 2 s", err, waited)
		}
	})
}

func TestWaitsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		held := map[string]string{}
		s := newTestShare(held, "me", nil)
		held[s.lockName("a")] = "other"
		_, waited, err := ask(t, s, "a", never)
		if err == nil || waited < longestWait || waited > longestWait+mostPause {
			t.Errorf("%v after %s, want an error after %s", err, waited, longestWait)
		}
	})
}

func TestPlanSplit(t *testing.T) {
	chain := func(weight time.Duration) []schedule.Task {
		return []schedule.Task{{ID: "a", Weight: weight}, {ID: "b", Needs: []string{"a"}, Weight: weight}, {ID: "c", Weight: weight}, {ID: "d", Needs: []string{"c"}, Weight: weight}}
	}
	for name, tc := range map[string]struct {
		work   []schedule.Task
		shards int
		want   [][]string
	}{
		"two chains":                {chain(time.Minute), 2, [][]string{{"a", "b"}, {"c", "d"}}},
		"nothing known":             {chain(schedule.Unknown), 2, [][]string{{"a", "b"}, {"c", "d"}}},
		"more machines than work":   {chain(time.Minute), 5, [][]string{{"a", "b"}, {"c", "d"}}},
		"nothing to build at all":   {nil, 3, nil},
		"one machine builds it all": {chain(time.Minute), 1, [][]string{{"a", "b", "c", "d"}}},
	} {
		got, err := (&Plan{Work: tc.work}).Split(tc.shards)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) == 0 {
			got = nil
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
